// The backdrop behind the person: the background of the photo, sharp or blurred, which does not move, or another picture that
// fills the frame. It is drawn at the far plane, so only where nothing is in front. Straight alpha in, premultiplied out.
//
//   corner   = (index & 1, index >> 1)
//   clip     = corner photo_size to_clip.xy + to_clip.zw       with FILL: the whole frame
// Draw: a triangle strip of 4 vertices.

override FILL: bool;
override SHARP: bool;   // the texture has the photo's resolution
override BLURRED: bool; // the texture holds sRGB values and has no view that decodes them

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
};

@vertex fn vertex_main(@builtin(vertex_index) index: u32) -> Varying {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  let photo_clip = corner * camera.photo_size * camera.to_clip.xy + camera.to_clip.zw;
  return Varying(vec4f(select(photo_clip, vec2f(2.0, -2.0) * corner + vec2f(-1.0, 1.0), FILL), 1.0, 1.0), corner);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  let colour = textureSampleLevel(backdrop, linear_sampler, in.uv, select(0.0, camera.photo_level, SHARP));
  let rgb = select(colour.rgb, from_srgb(colour.rgb), BLURRED);
  return vec4f(dithered(rgb, in.position) * colour.a, colour.a);
}
