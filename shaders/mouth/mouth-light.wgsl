// Light in the mouth, shared by what is drawn there.
//
//   rim  = (.5 + .5 sst(0, .05, distance to the upper lip)) (.82 + .18 sst(0, .022, distance to any lip))
//   gate = clamp(.4 + opening / .088, .4, 1)          a narrow slit lets little light in
//
// Distances in IOD, on the screen. Source: portrait-recipe, section 5 (constants in cm there).

fn lip_point(k: u32) -> vec2f {
  return positions[lip_ring[k]].xy / (camera.to_clip.xy * camera.pose_scale);
}

fn segment_distance(p: vec2f, a: vec2f, b: vec2f) -> f32 {
  let along = b - a;
  let t = clamp(dot(p - a, along) / max(dot(along, along), 1e-12), 0.0, 1.0);
  return length(p - a - t * along);
}

// Distance to the upper and to the lower lip, IOD. @param clip x, y of the fragment
fn lip_distances(clip: vec2f) -> vec2f {
  let p = clip / (camera.to_clip.xy * camera.pose_scale);
  let count = u32(mouth.lips.y);
  let first_lower = u32(mouth.lips.z);
  var upper = 1e3;
  var lower = 1e3;
  var a = lip_point(0u);
  for (var k = 1u; k < count; k++) {
    let b = lip_point(k);
    let d = segment_distance(p, a, b);
    if (k < first_lower) { upper = min(upper, d); } else { lower = min(lower, d); }
    a = b;
  }
  return vec2f(upper, lower);
}

fn mouth_opening() -> f32 {
  let count = u32(mouth.lips.y);
  let first_lower = u32(mouth.lips.z);
  return length(lip_point(first_lower / 2u) - lip_point((count + first_lower) / 2u));
}

fn lip_shadow(clip: vec2f) -> f32 {
  let d = lip_distances(clip);
  let rim = (0.5 + 0.5 * smoothstep(0.0, 0.05, d.x)) * (0.82 + 0.18 * smoothstep(0.0, 0.022, min(d.x, d.y)));
  return rim * clamp(0.4 + mouth_opening() / 0.088, 0.4, 1.0);
}
