// Rounds to 8 bits without bands: a fixed pattern of +-half a step in front of the rounding that follows, so that what lies
// between two steps is mixed of both, and a colour that is a step (the photo at rest) stays what it is.
//
//   c + (fract(52.9829189 fract(.06711056 x + .00583715 y)) - .5) / 255
//
// Interleaved gradient noise (Jimenez, "Next Generation Post Processing in Call of Duty", SIGGRAPH 2014): as even as blue
// noise over a few pixels, without a table. It does not change from frame to frame: a still picture must not crawl.
fn dithered(colour: vec3f, position: vec4f) -> vec3f {
  let noise = fract(52.9829189 * fract(dot(position.xy, vec2f(0.06711056, 0.00583715)))) - 0.5;
  // Steps are even in sRGB: on light they are as large as the curve is steep.
  let steepness = select(vec3f(1.0), max(vec3f(0.0774), 2.2 * pow(max(colour, vec3f(0.0)), vec3f(0.5454))), LINEAR);
  return colour + steepness * (noise / 255.0);
}
