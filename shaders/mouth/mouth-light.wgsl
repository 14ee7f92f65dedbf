// Shadow of the lips on what lies behind them.
//
//   rim  = (.5 + .5 sst(0, .05, below the upper lip)) (.82 + .18 sst(0, .022, from the nearer lip))
//   gate = clamp(.4 + opening / .088, .4, 1)          a narrow slit lets little light in
//
// Distances in IOD, straight up and down the screen (lip-profile.wgsl). A vertex shader's job: teeth and socket are fine
// meshes, and the small triangles of a mouth shade each pixel several times. Source: portrait-recipe, section 5.
const PROFILE_COLUMNS: f32 = 32.0;

fn lip_shadow(clip: vec2f) -> f32 {
  let p = clip / (camera.to_clip.xy * camera.pose_scale);
  let column = clamp((p.x - lip_profile[0].x) * lip_profile[0].y * PROFILE_COLUMNS - 0.5, 0.0, PROFILE_COLUMNS - 1.0);
  let k = 2u + u32(column);
  let lips = mix(lip_profile[k], lip_profile[min(k + 1u, u32(PROFILE_COLUMNS) + 1u)], fract(column));
  let below = max(p.y - lips.x, 0.0);
  let nearer = max(min(below, lips.y - p.y), 0.0);
  let rim = (0.5 + 0.5 * smoothstep(0.0, 0.05, below)) * (0.82 + 0.18 * smoothstep(0.0, 0.022, nearer));
  return rim * clamp(0.4 + lip_profile[1].x / 0.088, 0.4, 1.0);
}
