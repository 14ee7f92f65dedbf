// Uniform of one motion step, written once per frame (src/motion/step-state.ts).

struct StepState {
  slot: u32,    // of this frame in the ring of the KV cache
  history: u32, // number of earlier frames in the ring, at most window - 1
  first: u32,   // 1 in the first frame after a reset
  frame: u32,   // index of the video frame, which also indexes the random numbers
  seed: u32,
  top_k: u32,
  temperature: f32,
}
