// Shown expressions and head pose -> every vertex of face and mouth, in clip space.
//
//   p    = rest + sum_e e_e mode_e + (0, gap_weight correction(gap_coord), 0)
//   clip = camera(scale p R R_p + t)
//
// The modes are int8 with one scale per mode, and sparse: a vertex moves with 14 of 53 on average. Each vertex
// therefore has its own list of entries u32 = dx | dy << 8 | dz << 16 | mode << 24 instead of a row with zeros. The
// amounts from SHOWN on contain the scales.
//
// vertices MeshVertex[V]; entries u32[n]; out: positions vec4f[V] = clip x, y, depth, canonical z (for the light in the mouth).
// Dispatch: ceil(V / 64). Needs camera and motion-state.
// Source: portrait-bundle.ts, steps 3 and 4; scaled orthography as in 3DMM fitting.

override VERTICES: u32;
override LAST_SAMPLE: u32;

struct MeshVertex {
  rest: vec3f,     // IOD, without expression
  gap_coord: f32,  // fractional index of a ring sample
  gap_weight: f32,
  first: u32,      // entry
  end: u32,        // entry after the last one
  layer: f32,      // 0 face, 1 mouth
};

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<storage, read> vertices: array<MeshVertex>;
@group(0) @binding(2) var<storage, read> entries: array<u32>;
@group(0) @binding(3) var<storage, read> state: array<f32>;
@group(0) @binding(4) var<storage, read_write> positions: array<vec4f>;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= VERTICES) { return; }
  let vertex = vertices[id.x];
  var p = vertex.rest;
  for (var k = vertex.first; k < vertex.end; k++) {
    let entry = entries[k];
    // Shifting each byte to the top and back extends its sign, because the shift of an i32 is arithmetic.
    let offset = vec3i(vec3u(entry << 24u, entry << 16u, entry << 8u)) >> vec3u(24u);
    p += state[SHOWN + (entry >> 24u)] * vec3f(offset);
  }
  if (vertex.gap_weight != 0.0) {
    let sample = min(u32(max(vertex.gap_coord, 0.0)), LAST_SAMPLE);
    let next = min(sample + 1u, LAST_SAMPLE);
    let part = vertex.gap_coord - f32(sample);
    p.y += vertex.gap_weight * mix(state[CORRECTION + sample], state[CORRECTION + next], part);
  }
  let h0 = vec3f(state[HEAD], state[HEAD + 1u], state[HEAD + 2u]);
  let h1 = vec3f(state[HEAD + 3u], state[HEAD + 4u], state[HEAD + 5u]);
  let h2 = vec3f(state[HEAD + 6u], state[HEAD + 7u], state[HEAD + 8u]);
  let shift = vec3f(state[HEAD_SHIFT], state[HEAD_SHIFT + 1u], state[HEAD_SHIFT + 2u]);
  let placed = state[HEAD_SCALE] * (p.x * h0 + p.y * h1 + p.z * h2) + shift;
  var clip = to_clip_space(camera, placed);
  clip.z += vertex.layer * camera.depth_bias;
  positions[id.x] = vec4f(clip, p.z);
}
