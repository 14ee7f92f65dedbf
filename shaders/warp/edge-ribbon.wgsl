// Soft edges of lips and lids: a ribbon along the inner lip and lid rings that fades from skin to nothing, over little more than a
// pixel, into the mouth or the eye. Without it these edges look jagged, even with four samples per pixel.
// And the lash line: a ribbon on the edge of the upper lid, in front of both lids.
// Needs face-layer.wgsl, whose colours it uses.
//
//   edges    position = vertex + side direction width (0, 1)      alpha = (1 - side) amount
//   lashes   position = vertex + side reach (0, 1), side -1 ... 1   alpha = (1 - side^2)^2 strength sst(.1, .6, blink)
//            colour = lid skin (1 - .7)
//
// width: a little more than a pixel, but limited in small pictures, where it would fill a narrow opening.
// reach: lashes hang, so they reach farther down than up; less where they are weaker.
// strength: exp(-(lash distance / .016)^2).
// amount: speech blend on lips, sst(0, .3, blink) on lids. In the rest pose there is no ribbon: the picture is the photo.

const WIDTH_PIXELS: f32 = 1.1;
const MAX_WIDTH_IOD: f32 = 0.007;
const LASH_UNIT_IOD: f32 = 0.016;
const LASH_UP_IOD: f32 = 0.013;
const LASH_DOWN_IOD: f32 = 0.022;
const LASH_DARKNESS: f32 = 0.7;
const LASH_DEPTH: f32 = 0.01; // nearer than the lower lid

@vertex fn ribbon_main(
  @location(0) index: f32, // mesh vertex
  @location(1) uvs: vec4f,
  @location(2) look: vec4f,   // unused, shade, lid mask, lash distance
  @location(3) ribbon: vec3f, // side: 0 on the edge, 1 outside; direction: 1 down, -1 up, 0 lashes; 0 lips, 1 right eye, 2 left eye
) -> Varying {
  let placed = positions[u32(index)];
  var amount = state[SPEECH_BLEND];
  var blink = 0.0;
  if (ribbon.z > 0.5) {
    blink = state[BLINK + u32(ribbon.z) - 1u];
    amount = smoothstep(0.0, 0.3, blink);
  }
  let iod = camera.pose_scale * abs(camera.to_clip.y);
  var down = ribbon.x * ribbon.y * min(WIDTH_PIXELS * camera.pixel, MAX_WIDTH_IOD * iod);
  var alpha = (1.0 - ribbon.x) * amount;
  var shade = look.y * select(1.0, seam_shade(look.w), !LIDS);
  var depth = placed.z;
  if (LIDS && ribbon.y == 0.0) {
    let thinning = look.w / LASH_UNIT_IOD;
    let strength = exp(-thinning * thinning);
    let reach = select(LASH_UP_IOD, LASH_DOWN_IOD, ribbon.x > 0.0) * iod * mix(0.5, 1.0, strength);
    let bell = 1.0 - ribbon.x * ribbon.x;
    down = ribbon.x * max(reach, camera.pixel);
    alpha = bell * bell * strength * smoothstep(0.1, 0.6, blink);
    shade = 1.0 - LASH_DARKNESS;
    depth -= LASH_DEPTH;
  }
  var out: Varying;
  out.position = vec4f(placed.x, placed.y - down, depth, 1.0);
  out.uv = uvs.xy;
  out.lid_uv = uvs.zw;
  out.lid = lid_amount(look, blink);
  out.look = vec2f(alpha, shade);
  return out;
}
