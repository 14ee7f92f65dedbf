// Offsets in a motion latent, f32[70] (src/core/motion-latent.ts).

const LATENT_SIZE: u32 = 70u;
const KEYPOINT_COUNT: u32 = 21u;
const DELTA: u32 = 0u;        // 21 x 3, IOD, rotated with the head
const PITCH: u32 = 63u;       // degrees
const YAW: u32 = 64u;
const ROLL: u32 = 65u;
const TRANSLATION: u32 = 66u; // 3, IOD
const SCALE: u32 = 69u;
