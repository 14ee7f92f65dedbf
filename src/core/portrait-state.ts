/** @file States of a portrait: reported to users, and followed by head and eyes. */

/** `speaking`: a voice drives the portrait. `idle` and `listening`: it is silent, see {@link SilentState}. */
export type PortraitState = 'idle' | 'listening' | 'speaking';

/** What the portrait does while no voice drives it: `idle` looks around, `listening` looks at the viewer and nods. */
export type SilentState = Exclude<PortraitState, 'speaking'>;
