// Backdrop of the mouth: the polygon between the inner lips in one dark colour. Without it the lips of the photo layer would
// show between the lips of the mesh and the socket.

// Nearer than the photo layer, farther than the model.
const BACKDROP_DEPTH: f32 = 0.999;

@vertex fn vertex_main(@location(0) placed: vec4f) -> @builtin(position) vec4f {
  return vec4f(placed.xy, BACKDROP_DEPTH, 1.0);
}

@fragment fn fragment_main() -> @location(0) vec4f {
  return vec4f(from_srgb(mouth.colours[3].rgb * mouth.light), 1.0);
}
