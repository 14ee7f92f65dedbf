// Soft edges of lips and lids: a ribbon along the inner lip and lid rings that fades from skin to nothing over little more
// than a pixel, into the mouth or the eye. Steps would be seen there even with four samples a pixel, and most without.
// Goes with face-layer.wgsl, whose colours it takes.
//
//   position = vertex + side direction width (0, 1)      alpha = (1 - side) amount
//
// width: a little more than a pixel, but in small pictures no more than a narrow opening can spare.
// The ribbon of an upper lid is as long as its lashes the farther it closes: they hang over the eye and the lower lid.
// amount: lips talking, lids sst(0, .3, blink): at rest the ribbon is not there, the picture is the photo.

const WIDTH_PIXELS: f32 = 1.1;
const MAX_WIDTH_IOD: f32 = 0.007;
const LASH_LENGTH_IOD: f32 = 0.022;
const LASH_DEPTH: f32 = 0.003; // before the lower lid, as depth

@vertex fn ribbon_main(
  @location(0) index: f32, // mesh vertex
  @location(1) uvs: vec4f,
  @location(2) look: vec4f,   // unused, shade, lid mask, lash distance
  @location(3) ribbon: vec3f, // side: 0 on the edge, 1 outside; direction: 1 down, -1 up; 0 lips, 1 right eye, 2 left eye
) -> Varying {
  let placed = positions[u32(index)];
  var amount = state[TALKING];
  var blink = 0.0;
  if (ribbon.z > 0.5) {
    blink = state[BLINK + u32(ribbon.z) - 1u];
    amount = smoothstep(0.0, 0.3, blink);
  }
  let iod = camera.pose_scale * abs(camera.to_clip.y);
  var width = min(WIDTH_PIXELS * camera.pixel, MAX_WIDTH_IOD * iod);
  var depth = placed.z;
  if (ribbon.z > 0.5 && ribbon.y > 0.0) {
    let thinning = look.w / LASH_WIDTH_IOD; // towards the corners
    width = mix(width, max(width, LASH_LENGTH_IOD * iod), blink) * mix(1.0, exp(-thinning * thinning), blink);
    depth -= LASH_DEPTH * blink;
  }
  var out: Varying;
  out.position = vec4f(placed.x, placed.y - ribbon.x * ribbon.y * width, depth, 1.0);
  out.uv = uvs.xy;
  out.lid_uv = uvs.zw;
  out.lid = vec3f(abs(look.z) * smoothstep(0.1, 0.7, blink), blink, look.w);
  out.look = vec2f((1.0 - ribbon.x) * amount, look.y * select(1.0, seam_shade(look.w), !LIDS));
  return out;
}
