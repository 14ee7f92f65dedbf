// Colours are written down as sRGB. Where the target is an -srgb format, textures decode, the blender works on
// light and the target encodes; shader constants must then be decoded here.
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
