// Secondary motion: small motions that follow jaw and head with delay. Each mode is a damped spring that makes one step
// per motion frame.
//
//   u      = weights . latent                                             drive of the mode
//   w''    = omega^2 (u - w) - 2 zeta omega w'                            u is linear between two frames
//   y      = clamp(w - direct u, -limit, limit)                           IOD; direct 1: only what lags behind the drive
//
// The step is exact, so it is stable for every frequency and does not drift. With the ramp r = u - u_before a particular
// solution is u(t) - lag r with lag = 2 zeta / omega. The deviation e from it decays by phi = exp(A T), T = 1 frame:
//
//   e = (w - u_before + lag r, w' - r);   w = u - lag r + phi.xy . e;   w' = r + phi.zw . e
//
// latent f32[70]; weights f32[K x 70]; springs Spring[K]; modes SecondaryMotionMode[K], zeros before the first frame. The first
// frame puts each mode at rest at its drive.
// Dispatch: 1, one thread per mode. Needs motion-latent and secondary-mode.
// Source: src/renderer/webgpu/secondary-motion.ts; zero-state and ramp response of a second-order system, e.g. Franklin,
// Powell, Workman, Digital Control of Dynamic Systems, ch. 4.

override MODES: u32;

struct Spring {
  phi: vec4f,    // rows of the transition matrix of (w, w'), per frame
  lag: f32,      // frames
  direct: f32,   // 0 or 1
  limit: f32,    // IOD
};

@group(0) @binding(0) var<storage, read> latent: array<f32, LATENT_SIZE>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> springs: array<Spring>;
@group(0) @binding(3) var<storage, read_write> modes: array<SecondaryMotionMode>;

// Beyond these limits (degrees and IOD; IOD) a latent does not describe a face. The limits keep the state bounded.
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
  let spring = springs[k];
  var mode = modes[k];
  if (mode.started == 0.0) {
    mode = SecondaryMotionMode(u, 0.0, u, 1.0, 0.0, clamp(u - spring.direct * u, -spring.limit, spring.limit));
  }
  let ramp = u - mode.drive;
  let e = vec2f(mode.place - mode.drive + spring.lag * ramp, mode.speed - ramp);
  mode.place = u - spring.lag * ramp + dot(spring.phi.xy, e);
  mode.speed = ramp + dot(spring.phi.zw, e);
  mode.drive = u;
  mode.before = mode.now;
  mode.now = clamp(mode.place - spring.direct * u, -spring.limit, spring.limit);
  modes[k] = mode;
}
