// Colours in the shaders are sRGB values. With an -srgb target format textures decode, the blender works on linear light
// and the target encodes, so constants of the shaders must be decoded here.

override LINEAR: bool;

fn from_srgb(c: vec3f) -> vec3f {
  let low = c / 12.92;
  let high = pow((max(c, vec3f(0.0)) + 0.055) / 1.055, vec3f(2.4));
  return select(c, select(high, low, c <= vec3f(0.04045)), LINEAR);
}

// A factor that darkens as it would on sRGB values.
fn shade_factor(f: f32) -> f32 {
  return select(f, pow(max(f, 0.0), 2.2), LINEAR);
}
