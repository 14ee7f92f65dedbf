// Light that lips let through to what lies behind them, 0 ... 1.
//
//   upper  = .6 + .4 sst(0, min(.06, .7 o), below the upper lip)      light falls from above: the upper lip throws a shadow
//   lower  = .3 + .7 sst(0, min(.08, .5 o), above the lower lip)      o: the opening there, shadows of a slit are narrow
//   corner = .3 + .7 sst(0, .28, way from the nearer mouth corner)
//   gate   = clamp(.65 + opening / .14, .65, 1)             a narrow slit lets little light in
//   round  = mix(1, .28, sst(.96, .74, width of the mouth))  lips that round and come forward are a tube
//
// Distances in IOD, straight up and down the screen (lip-profile.wgsl); the way from the corners in widths of the mouth; its
// width in widths without expression. A vertex shader's job but for the teeth card: teeth and socket are fine meshes, and
// small triangles shade each pixel several times.
const PROFILE_COLUMNS: f32 = 32.0;

// Shadows in a mouth are red, as far as the photo has colours.
fn shadow_tint(amount: f32) -> vec3f {
  return pow(vec3f(max(amount, 0.0)), mix(vec3f(1.0), vec3f(0.86, 1.06, 1.1), mouth.light.a));
}

// What lips of this width and opening let through at all.
fn mouth_gate() -> f32 {
  let rounded = smoothstep(0.74, 0.96, state[MOUTH_WIDTH]);
  return clamp(0.65 + lip_profile[1].x / 0.14, 0.65, 1.0) * mix(0.28, 1.0, rounded);
}

// x, y: y of the upper and of the lower lip there; z: way from the left corner to the right one.
fn lips_at(x: f32) -> vec3f {
  let across = clamp((x - lip_profile[0].x) * lip_profile[0].y, 0.0, 1.0);
  let column = clamp(across * PROFILE_COLUMNS - 0.5, 0.0, PROFILE_COLUMNS - 1.0);
  let k = 2u + u32(column);
  return vec3f(mix(lip_profile[k], lip_profile[min(k + 1u, u32(PROFILE_COLUMNS) + 1u)], fract(column)), across);
}

// A place on the screen, IOD.
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
