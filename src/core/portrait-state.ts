/** @file States of a portrait: reported to users, and followed by head and eyes. */

/**
 * `speaking`: it speaks a voice that the page plays. `following`: it speaks a live voice. `idle` and `attentive`: no voice
 * drives it, or the voice pauses; see {@link SilentState}.
 */
export type PortraitState = SilentState | 'speaking' | 'following';

/** What the portrait does while no voice drives it: `idle` looks around, `attentive` looks at the viewer and nods. */
export type SilentState = 'idle' | 'attentive';

/** What head and eyes do in a frame. */
export type MotionState = SilentState | 'speaking';
