// The opening between the lips on the screen, as a table over x, for the light in the mouth.
//
//   column k: x_k between the mouth corners; y of the upper lip and y of the lower lip there, IOD on the screen
//
// positions vec4f[V] of dense-motion.wgsl; ring u32[n]: inner lips, upper from left to right, then lower from right to left,
// then the first vertex again; out: profile.
// Dispatch: 1, one thread per column. Each thread walks along the ring itself (about 40 points), so there is no
// barrier.
// Needs camera and lip-profile.

override RING_POINTS: u32;
override FIRST_LOWER: u32;

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<storage, read> positions: array<vec4f>;
@group(0) @binding(2) var<storage, read> ring: array<u32>;
@group(0) @binding(3) var<storage, read_write> profile: LipProfile;

fn lip(k: u32) -> vec2f {
  return positions[ring[k]].xy / (camera.to_clip.xy * camera.pose_scale);
}

// y at x of the path first ... last, from its last segment that spans x.
fn height(first: u32, last: u32, x: f32) -> f32 {
  var a = lip(first);
  var y = a.y;
  for (var k = first + 1u; k <= last; k++) {
    let b = lip(k);
    if ((x - a.x) * (x - b.x) <= 0.0 && a.x != b.x) { y = mix(a.y, b.y, (x - a.x) / (b.x - a.x)); }
    a = b;
  }
  return y;
}

@compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3u) {
  let left = lip(0u);
  let right = lip(FIRST_LOWER - 1u);
  let x = mix(left.x, right.x, (f32(id.x) + 0.5) / f32(PROFILE_COLUMNS));
  profile.columns[id.x] = vec2f(height(0u, FIRST_LOWER - 1u, x), height(FIRST_LOWER - 1u, RING_POINTS - 1u, x));
  if (id.x == 0u) {
    profile.left = left.x;
    profile.inverse_width = 1.0 / max(right.x - left.x, 1e-4);
    profile.opening = length(lip(FIRST_LOWER / 2u) - lip((FIRST_LOWER + RING_POINTS) / 2u));
  }
}
