// Layout of the motion state: what the first two warp kernels say about a frame and everybody else reads.
// One array of f32 instead of a struct, so that tests can read it back without knowing alignment rules.
const KEYPOINTS: u32 = 0u;    // 63: x_d, px of the photo (z in the same unit)
const COMMANDED: u32 = 64u;   // E: c, expressions that the motion latent asks for
const SHOWN: u32 = 128u;      // E + K: e, expressions that the mesh shows, times the scale of their int8 modes; secondary motion
const CHANGE: u32 = 192u;     // E + K: d = e - expression of the photo; secondary motion y, IOD
const HEAD: u32 = 256u;       // 9: R R_portrait, row-major
const HEAD_SCALE: u32 = 265u; // scale of the latent
const HEAD_SHIFT: u32 = 266u; // 3: t, IOD
const BLINK: u32 = 269u;      // 2: right eye, left eye; 0 open ... 1 closed
const TALKING: u32 = 271u;    // 0 ... 1
const TONGUE: u32 = 272u;     // 4: amounts of the tongue's modes, times their step
const ARTICULATION: u32 = 276u; // 6: tongue tip, between the teeth, back of the tongue, lips pressed, lip at the teeth, rounded; 0 ... 1
const MOUTH_WIDTH: u32 = 282u; // width of the commanded mouth in widths without expression
const CORRECTION: u32 = 284u; // S: what is added to the gap of each ring sample, IOD
