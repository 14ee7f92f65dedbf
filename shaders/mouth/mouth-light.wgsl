// Light that reaches the mouth interior between the lips, 0 ... 1.
//
//   upper  = .6 + .4 sst(0, min(.06, .7 o), below the upper lip)      light comes from above: the upper lip casts a shadow
//   lower  = .3 + .7 sst(0, min(.08, .5 o), above the lower lip)      o: the opening there; a slit has narrow shadows
//   corner = .3 + .7 sst(0, .28, distance from the nearer mouth corner)
//   gate   = clamp(.65 + opening / .14, .65, 1)             a narrow slit lets little light in
//   round  = mix(1, .28, sst(.96, .74, width of the mouth))  rounded lips form a tube
//
// Distances above and below the lips are vertical on the screen, IOD (lip-profile.wgsl). The distance from a corner is in widths of
// the mouth, and the width of the mouth in widths without expression. Except for the photo teeth this runs in vertex shaders:
// teeth and socket are fine meshes, and small triangles shade each pixel several times.

// Shadows in a mouth are red, as far as the photo has colours.
fn shadow_tint(amount: f32) -> vec3f {
  return pow(vec3f(max(amount, 0.0)), mix(vec3f(1.0), vec3f(0.86, 1.06, 1.1), mouth.saturation));
}

// Light that lips of this width and opening let through.
fn mouth_gate() -> f32 {
  let rounded = smoothstep(0.74, 0.96, state[MOUTH_WIDTH]);
  return clamp(0.65 + lip_profile.opening / 0.14, 0.65, 1.0) * mix(0.28, 1.0, rounded);
}

// x, y: y of the upper and of the lower lip at x; z: 0 at the left corner ... 1 at the right one.
fn lips_at(x: f32) -> vec3f {
  let across = clamp((x - lip_profile.left) * lip_profile.inverse_width, 0.0, 1.0);
  let column = clamp(across * f32(PROFILE_COLUMNS) - 0.5, 0.0, f32(PROFILE_COLUMNS) - 1.0);
  let k = u32(column);
  let next = min(k + 1u, PROFILE_COLUMNS - 1u);
  return vec3f(mix(lip_profile.columns[k], lip_profile.columns[next], fract(column)), across);
}

// Clip space to IOD on the screen.
fn on_screen(clip: vec2f) -> vec2f {
  return clip / (camera.to_clip.xy * camera.pose_scale);
}

fn lip_light(clip: vec2f) -> f32 {
  let p = on_screen(clip);
  let lips = lips_at(p.x);
  let opening = max(lips.y - lips.x, 1e-3);
  let upper = 0.6 + 0.4 * smoothstep(0.0, min(0.06, 0.7 * opening), p.y - lips.x);
  let lower = 0.3 + 0.7 * smoothstep(0.0, min(0.08, 0.5 * opening), lips.y - p.y);
  let corner = 0.3 + 0.7 * smoothstep(0.0, 0.28, min(lips.z, 1.0 - lips.z));
  return upper * lower * corner;
}
