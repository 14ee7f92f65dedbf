// Dithering: adds a fixed pattern of up to half a step before the target rounds to 8 bits, so that gradients show no bands.
// A colour that is exactly a step (the photo in the rest pose) does not change.
//
//   c + (fract(52.9829189 fract(.06711056 x + .00583715 y)) - .5) / 255
//
// Interleaved gradient noise (Jimenez, "Next Generation Post Processing in Call of Duty", SIGGRAPH 2014): nearly as even as
// blue noise over a few pixels, without a table. The pattern is the same in every frame, so a still picture does not flicker.

fn dithered(colour: vec3f, position: vec4f) -> vec3f {
  let noise = fract(52.9829189 * fract(dot(position.xy, vec2f(0.06711056, 0.00583715)))) - 0.5;
  // Steps are even in sRGB; in linear light their size follows the slope of the curve.
  let steepness = select(vec3f(1.0), max(vec3f(0.0774), 2.2 * pow(max(colour, vec3f(0.0)), vec3f(0.5454))), LINEAR);
  return colour + steepness * (noise / 255.0);
}
