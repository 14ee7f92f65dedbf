// Counter-based random numbers: a value depends on its coordinates only, so any frame can be drawn again.
// The same arithmetic as src/core/rng.ts.
// Source of the hash: Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 2020 (pcg).

fn pcg(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

// Standard Gumbel noise -ln(-ln u), u = ((hash >> 8) + 0.5) / 2^24. Above 1/2 it is computed from v = 1 - u, which f32
// represents exactly there; u itself would round to 1 once in 2^24 draws, and the noise would be infinite.
fn gumbel(seed: u32, frame: u32, level: u32, code: u32) -> f32 {
  let bits = pcg(code + pcg(level + pcg(frame + pcg(seed)))) >> 8u;
  var exponential: f32;
  if (bits < 8388608u) {
    exponential = -log((f32(bits) + 0.5) / 16777216.0);
  } else {
    let v = (f32(16777216u - bits) - 0.5) / 16777216.0;
    // Near 1, log(1 - v) loses digits: a series instead.
    if (v < 0.0625) {
      exponential = v * (1.0 + v * (1.0 / 2.0 + v * (1.0 / 3.0 + v * (1.0 / 4.0 + v / 5.0))));
    } else {
      exponential = -log(1.0 - v);
    }
  }
  return -log(exponential);
}
