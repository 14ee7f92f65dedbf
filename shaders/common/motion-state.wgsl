// Layout of the motion state: what the first two warp kernels compute for a frame and all other shaders read. E is the
// number of expressions, K that of modes of secondary motion, S that of samples of the ring gaps.
// It is one array of f32, because a mode list addresses any of its amounts by an offset from SHOWN.

const KEYPOINTS: u32 = 0u;       // 21 x 3: x_d, px of the photo (z in the same unit)
const COMMANDED: u32 = 64u;      // E: c, the commanded expressions
const SHOWN: u32 = 128u;         // E + K: e times the step of its int8 mode; then secondary motion y, likewise
const CHANGE: u32 = 192u;        // E + K: d = e - expression of the photo; then secondary motion y, IOD
const HEAD: u32 = 256u;          // 3 x 3: R R_portrait, row-major
const HEAD_SCALE: u32 = 265u;    // scale of the latent
const HEAD_SHIFT: u32 = 266u;    // 3: t, IOD
const BLINK: u32 = 269u;         // 2: right eye, left eye; 0 open ... 1 closed
const SPEECH_BLEND: u32 = 271u;  // 0 ... 1
const TONGUE: u32 = 272u;        // 4: amounts of the modes of the tongue, times their step
const ARTICULATION: u32 = 276u;  // 6, 0 ... 1: tongue tip up, between the teeth, back of the tongue up, lips pressed,
                                 // lower lip at the upper teeth, lips rounded
const MOUTH_WIDTH: u32 = 282u;   // width of the commanded mouth, in widths without expression
const CORRECTION: u32 = 284u;    // S: added to the gap at each ring sample, IOD
