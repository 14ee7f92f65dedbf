// Light that lips let through to what lies behind them, 0 ... 1.
//
//   upper  = .64 + .36 sst(0, .06, below the upper lip)     light falls from above: the upper lip throws a shadow
//   lower  = .6 + .4 sst(0, .06, above the lower lip)
//   corner = .35 + .65 sst(0, .24, way from the nearer mouth corner)
//   gate   = clamp(.62 + opening / .12, .62, 1)             a narrow slit lets little light in
//
// Distances in IOD, straight up and down the screen (lip-profile.wgsl); the way from the corners in widths of the mouth.
// A vertex shader's job: teeth and socket are fine meshes, and small triangles shade each pixel several times.
const PROFILE_COLUMNS: f32 = 32.0;

fn lip_light(clip: vec2f) -> f32 {
  let p = clip / (camera.to_clip.xy * camera.pose_scale);
  let across = clamp((p.x - lip_profile[0].x) * lip_profile[0].y, 0.0, 1.0);
  let column = clamp(across * PROFILE_COLUMNS - 0.5, 0.0, PROFILE_COLUMNS - 1.0);
  let k = 2u + u32(column);
  let lips = mix(lip_profile[k], lip_profile[min(k + 1u, u32(PROFILE_COLUMNS) + 1u)], fract(column));
  let upper = 0.64 + 0.36 * smoothstep(0.0, 0.06, p.y - lips.x);
  let lower = 0.6 + 0.4 * smoothstep(0.0, 0.06, lips.y - p.y);
  let corner = 0.35 + 0.65 * smoothstep(0.0, 0.24, min(across, 1.0 - across));
  return upper * lower * corner * clamp(0.62 + lip_profile[1].x / 0.12, 0.62, 1.0);
}
