// Change of expressions and head pose -> vertices of the photo layer: hair, neck and shoulders follow, the background does not.
//
//   px = rest + rigid (camera(scale p R R_p + t) - rest) + pose_scale scale (m R R_p).xy,  m = sum_k d_k basis_k
//
// vertices GridVertex[n]; entries vec2u each: expression or secondary mode, pack2x16float(m.xy, IOD); only modes that move the
// vertex; out: positions vec4f[n] = clip x, y, photo u, v.
// Only vertices that can move are in the table. They come first in `positions`; the others (most of the background) are
// written once, by the CPU.
// Dispatch: ceil(MOVING_VERTICES / 64). Needs camera and motion-state.
// Source: portrait-bundle.ts, PhotoGrid.

override MOVING_VERTICES: u32;

struct GridVertex {
  canonical: vec3f, // IOD
  rigid: f32,       // 0 ... 1: how far the vertex follows the head
  rest: vec2f,      // px
  first: u32,       // entry
  end: u32,         // entry after the last one
};

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<storage, read> vertices: array<GridVertex>;
@group(0) @binding(2) var<storage, read> entries: array<vec2u>;
@group(0) @binding(3) var<storage, read> state: array<f32>;
@group(0) @binding(4) var<storage, read_write> positions: array<vec4f>;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= MOVING_VERTICES) { return; }
  let vertex = vertices[id.x];
  let h0 = vec2f(state[HEAD], state[HEAD + 1u]);
  let h1 = vec2f(state[HEAD + 3u], state[HEAD + 4u]);
  let h2 = vec2f(state[HEAD + 6u], state[HEAD + 7u]);
  let shift = vec2f(state[HEAD_SHIFT], state[HEAD_SHIFT + 1u]);
  let scale = state[HEAD_SCALE];
  var m = vec2f(0.0);
  for (var k = vertex.first; k < vertex.end; k++) {
    let entry = entries[k];
    m += state[CHANGE + entry.x] * unpack2x16float(entry.y);
  }
  let p = vertex.canonical;
  let head = camera.pose_scale * (scale * (p.x * h0 + p.y * h1 + p.z * h2) + shift) + camera.translation;
  let px = vertex.rest + vertex.rigid * (head - vertex.rest) + camera.pose_scale * scale * (m.x * h0 + m.y * h1);
  positions[id.x] = vec4f(px * camera.to_clip.xy + camera.to_clip.zw, vertex.rest / camera.photo_size);
}
