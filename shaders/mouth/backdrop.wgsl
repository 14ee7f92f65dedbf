// What is behind everything in the mouth: the inner-lip polygon in one dark colour, so that the photo's own lips never
// show through between lips and socket.

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) clip: vec2f,
};

// Nearer than the photo layer, farther than all that is modelled.
const BACKDROP_DEPTH: f32 = 0.999;

@vertex fn vertex_main(@location(0) placed: vec4f) -> Varying {
  return Varying(vec4f(placed.xy, BACKDROP_DEPTH, 1.0), placed.xy);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  return vec4f(from_srgb(mouth.colours[3].rgb * mouth.light.rgb * lip_shadow(in.clip)), 1.0);
}
