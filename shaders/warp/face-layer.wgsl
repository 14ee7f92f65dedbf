// The face: the photo projected on the mesh.
//
//   colour = photo(uv) shade
//   lips of an open mouth, closed: (1 - .5 talking (1 - sst(.004, .03, opening)) exp(-(seam / .011)^2)): where they meet it is
//     dark, and such a photo has no seam to show it
//   with lids: mix(photo(uv), lid_skin(lid_uv), |lid_mask| sst(.05, .45, b)) shade, below the eye sst(.6, .95, b)
//
// b = blink of the vertex's own eye (sign of lid_mask: + left); below the eye the distance from lashes is negative. Vertices: positions of dense-motion.wgsl and the static
// attributes of portrait-bundle.ts, PortraitMesh.
//
//   alpha  = alpha, at the soft edge of the face times the photo's: no background comes along with a cheek

override LIDS: bool;
override SOFT: bool;

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
  @location(1) lid_uv: vec2f,
  @location(2) lid: f32,     // amount of lid skin
  @location(3) look: vec2f,  // alpha, shade
};

const SEAM_WIDTH_IOD: f32 = 0.011;
const SEAM_DARKNESS: f32 = 0.5;
const SEAM_OPENING_IOD: vec2f = vec2f(0.004, 0.03);

// Contact shadow of closed lips. distance: from the seam, negative (positive ones are from lashes); none on photos that show
// a seam of their own.
fn seam_shade(distance: f32) -> f32 {
  let closed = state[TALKING] * (1.0 - smoothstep(SEAM_OPENING_IOD.x, SEAM_OPENING_IOD.y, lip_profile[1].x));
  let d = distance / SEAM_WIDTH_IOD;
  return 1.0 - select(0.0, SEAM_DARKNESS * closed * exp(-d * d), distance < 0.0);
}

// The lower lid shows the photo until the upper one comes. look: alpha, shade, lid mask, distance from lashes.
fn lid_amount(look: vec4f, blink: f32) -> f32 {
  return abs(look.z) * select(smoothstep(0.05, 0.45, blink), smoothstep(0.6, 0.95, blink), look.w < 0.0);
}

@vertex fn vertex_main(
  @location(0) placed: vec4f,
  @location(1) uvs: vec4f,
  @location(2) look: vec4f, // alpha, shade, lid mask, distance from lashes or lip seam
) -> Varying {
  var out: Varying;
  out.position = vec4f(placed.xyz, 1.0);
  out.uv = uvs.xy;
  out.look = look.xy;
  if (LIDS) {
    let blink = state[BLINK + select(0u, 1u, look.z > 0.0)];
    out.lid_uv = uvs.zw;
    out.lid = lid_amount(look, blink);
  } else {
    out.look.y *= seam_shade(look.w);
  }
  return out;
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  let skin = textureSampleLevel(photo, linear_sampler, in.uv, camera.photo_level);
  var colour = skin.rgb;
  if (LIDS) {
    colour = mix(colour, textureSampleLevel(lid_skin, linear_sampler, in.lid_uv, camera.photo_level).rgb, in.lid);
  }
  return vec4f(dithered(colour * shade_factor(in.look.y), in.position), in.look.x * select(1.0, skin.a, SOFT));
}
