// The face: the photo on the mesh.
//
//   colour = photo(uv) shade
//   LIDS:  mix(photo(uv), lid_skin(lid_uv), |lid_mask| sst(.05, .45, b)) shade; below the eye sst(.6, .95, b)
//   else:  times seam = 1 - .5 speech_blend (1 - sst(.004, .03, opening)) exp(-(distance / .011)^2)
//   alpha  = alpha; SOFT: times that of the photo, so that a cheek takes no background with it
//
// The seam is the dark line where closed lips meet. A photo with an open mouth does not show one.
// b = blink of the vertex's own eye (sign of lid_mask: + left). Below the eye the distance from the lashes is negative.
// Vertices: positions of dense-motion.wgsl and the static attributes of portrait-bundle.ts, PortraitMesh.

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

// Contact shadow of closed lips. Negative distances are from the seam, positive ones from the lashes. Photos with a closed mouth
// show their own seam and have no negative distances on the lips.
fn seam_shade(distance: f32) -> f32 {
  let closed = state[SPEECH_BLEND] * (1.0 - smoothstep(SEAM_OPENING_IOD.x, SEAM_OPENING_IOD.y, lip_profile.opening));
  let d = distance / SEAM_WIDTH_IOD;
  return 1.0 - select(0.0, SEAM_DARKNESS * closed * exp(-d * d), distance < 0.0);
}

// The lower lid shows the photo until the upper lid reaches it. look: alpha, shade, lid mask, distance from lashes.
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
