// Scaled orthographic camera of a portrait, and the transform to clip space.
//
//   px   = pose_scale (scale (p R R_portrait).xy + t.xy) + translation
//   clip = px * to_clip.xy + to_clip.zw

struct Camera {
  pose_scale: f32,    // px per IOD
  depth_bias: f32,    // added to the depth of the mouth, which is modelled a little too near
  translation: vec2f, // px
  to_clip: vec4f,     // to_clip.x is negative in a mirrored picture
  photo_size: vec2f,  // px
  photo_level: f32,   // mipmap level of the photo; the warp hardly changes sizes, so one level serves the whole picture
  pixel: f32,         // height of a pixel in clip space
};

// The depth buffer spans this many IOD about the neck joint; the head reaches from about -1.6 to 1.
const DEPTH_SPAN_IOD: f32 = 6.0;

// p in IOD, rotated, scaled and shifted already -> clip space with depth 0 (near) to 1 (far).
fn to_clip_space(camera: Camera, p: vec3f) -> vec3f {
  let px = camera.pose_scale * p.xy + camera.translation;
  return vec3f(px * camera.to_clip.xy + camera.to_clip.zw, 0.5 + p.z / DEPTH_SPAN_IOD);
}
