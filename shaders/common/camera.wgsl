// Scaled orthographic camera of a portrait and the way to the screen.
//   px   = pose_scale (scale (p R R_portrait).xy + t.xy) + translation
//   clip = px * to_clip.xy + to_clip.zw      to_clip.x is negative in a mirrored picture
struct Camera {
  pose_scale: f32,            // px per IOD
  depth_bias: f32,            // added to the depth of the mouth: it lies behind the lips by construction
  translation: vec2f,         // px
  to_clip: vec4f,
  photo_size: vec2f,          // px
  // Level of the photo's mipmaps: the warp hardly changes sizes, so one level serves the picture. It spares software
  // adapters half of the sampling.
  photo_level: f32,
  pixel: f32,                 // height of a pixel in clip space
};

// Depth of the buffer spans this many IOD about the neck joint; the head reaches from about -1.6 to 1.
const DEPTH_SPAN_IOD: f32 = 6.0;

// p in IOD, already turned, scaled and shifted -> clip space with depth 0 near ... 1 far.
fn to_clip_space(camera: Camera, p: vec3f) -> vec3f {
  let px = camera.pose_scale * p.xy + camera.translation;
  return vec3f(px * camera.to_clip.xy + camera.to_clip.zw, 0.5 + p.z / DEPTH_SPAN_IOD);
}
