// State of one mode of secondary motion (warp/secondary-motion.wgsl); zeros before the first motion frame.

struct SecondaryMotionMode {
  place: f32,   // w
  speed: f32,   // dw/dt per frame
  drive: f32,   // u of the last motion frame
  started: f32, // 0: no motion frame yet
  before: f32,  // y at the previous motion frame, IOD
  now: f32,     // y at the current motion frame, IOD
};
