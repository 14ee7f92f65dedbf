// What is behind everything in the mouth: the inner-lip polygon in one dark colour, so that the photo's own lips never
// show through between lips and socket.

// Nearer than the photo layer, farther than all that is modelled.
const BACKDROP_DEPTH: f32 = 0.999;

@vertex fn vertex_main(@location(0) placed: vec4f) -> @builtin(position) vec4f {
  return vec4f(placed.xy, BACKDROP_DEPTH, 1.0);
}

@fragment fn fragment_main() -> @location(0) vec4f {
  return vec4f(from_srgb(mouth.colours[3].rgb * mouth.light.rgb), 1.0);
}
