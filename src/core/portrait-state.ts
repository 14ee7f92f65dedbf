/** @file What a portrait does: the states that users see and that head and eyes follow. */

/** `speaking`: a voice drives the portrait. `idle` and `listening`: it is silent, see {@link SilentState}. */
export type PortraitState = 'idle' | 'listening' | 'speaking';

/** What the portrait does while no voice drives it: `idle` looks about, `listening` looks at the viewer and nods. */
export type SilentState = Exclude<PortraitState, 'speaking'>;
