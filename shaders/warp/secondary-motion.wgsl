// One motion frame -> small motions that follow jaw and head: a spring and a damper a mode, one step a motion frame.
//
//   u      = weights . latent                                             what drives the mode
//   w''    = omega^2 (u - w) - 2 zeta omega w'                            u runs straight from frame to frame
//   y      = clamp(w - direct u, -limit, limit)                           IOD; direct 1: only what lags behind
//
// The step is exact, so no time step is too long and nothing drifts: with the ramp r = u - u_before a particular solution is
// u(t) - lag r with lag = 2 zeta / omega, and what deviates from it decays by phi = exp(A T):
//
//   e = (w - u_before + lag r, w' - r);   w = u - lag r + phi.xy . e;   w' = r + phi.zw . e            T = 1 frame
//
// Shapes: latent f32[70]; weights f32[K x 70]; laws Law[K]; modes Mode[K], zero before the first frame, which starts the modes
// at rest where they are. Dispatch: (1, 1, 1), a thread a mode.
// Source: src/renderer/webgpu/secondary-motion.ts; zero-state and ramp response of a second-order system, e.g. Franklin, Powell, Workman,
// Digital Control of Dynamic Systems, ch. 4.

override MODES: u32;

struct Law {
  phi: vec4f,    // rows of the transition matrix of (w, w'), per frame
  lag: f32,      // frames
  direct: f32,
  limit: f32,    // IOD
};

@group(0) @binding(0) var<storage, read> latent: array<f32, 70>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> laws: array<Law>;
@group(0) @binding(3) var<storage, read_write> modes: array<SecondaryMotionMode>;

const LATENT_SIZE: u32 = 70u;
// Latents out of this range are no face any more (degrees and IOD); drives out of theirs stop there, and so nothing can grow.
const MAX_LATENT: f32 = 40.0;
const MAX_DRIVE: f32 = 1.0;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let k = id.x;
  if (k >= MODES) { return; }
  var u = 0.0;
  for (var i = 0u; i < LATENT_SIZE; i++) {
    u += weights[k * LATENT_SIZE + i] * clamp(latent[i], -MAX_LATENT, MAX_LATENT);
  }
  u = clamp(u, -MAX_DRIVE, MAX_DRIVE);
  let law = laws[k];
  var mode = modes[k];
  if (mode.started == 0.0) {
    mode = SecondaryMotionMode(u, 0.0, u, 1.0, 0.0, clamp(u - law.direct * u, -law.limit, law.limit));
  }
  let ramp = u - mode.drive;
  let e = vec2f(mode.place - mode.drive + law.lag * ramp, mode.speed - ramp);
  mode.place = u - law.lag * ramp + dot(law.phi.xy, e);
  mode.speed = ramp + dot(law.phi.zw, e);
  mode.drive = u;
  mode.before = mode.now;
  mode.now = clamp(mode.place - law.direct * u, -law.limit, law.limit);
  modes[k] = mode;
}
