// Socket, tongue, gums and teeth.
//
//   amount = (.68 + .4 n.l) cup mix(gate lips, 1, near) exp(-(max(depth behind the lips - .067 IOD, 0) / reach)^2)
//   near   = .8 sst(.09, .02, depth behind the lips)            a tongue between the teeth is as bright as the lips
//   colour = base light 1.1 amount^(.86, 1.06, 1.12)            mouth-light.wgsl
//
// reach of the light, IOD: the wider the mouth, the deeper. A raised tongue is bright, the same tongue far back is dark.
// Normals are those of the rest pose, rotated with the head; what the jaw adds to them is not visible behind the lips. Teeth are
// enlarged a little along their normals: the teeth of the model have gaps, and dark lines between them would look like
// a fence.
// gate, lips: mouth-light.wgsl; cup: .7 for lower teeth.

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) colour: vec3f,
};

const LIGHT_DIRECTION: vec3f = vec3f(0.151, -0.351, -0.924);
const FREE_DEPTH_IOD: f32 = 0.067;
const GAIN: f32 = 1.1;
// Socket, tongue, upper and lower teeth: of a closed mouth, and per IOD of opening.
const REACH_IOD = array(vec2f(0.2, 0.8), vec2f(0.17, 0.6), vec2f(0.3, 0.6), vec2f(0.15, 0.5));
const NEAR_IOD: vec2f = vec2f(0.02, 0.09);
const NEAR: f32 = 0.8;
// The lower lip casts a shadow on the teeth behind it.
const LOWER_TEETH_LIGHT: f32 = 0.7;
const TONGUE_PART: u32 = 1u;
const TEETH: u32 = 2u; // upper; 3: lower
const TEETH_GROWTH_IOD: f32 = 0.005;
// Otherwise the thinned gums would show through the teeth here and there.
const TEETH_FORWARD_DEPTH: f32 = 0.015;

@vertex fn vertex_main(@location(0) placed: vec4f, @location(1) normal_part: vec4f) -> Varying {
  let n = normal_part.xyz;
  let turned = n.x * vec3f(state[HEAD], state[HEAD + 1u], state[HEAD + 2u])
             + n.y * vec3f(state[HEAD + 3u], state[HEAD + 4u], state[HEAD + 5u])
             + n.z * vec3f(state[HEAD + 6u], state[HEAD + 7u], state[HEAD + 8u]);
  let part = u32(normal_part.w);
  var clip = placed.xyz;
  if (part >= TEETH) { clip += vec3f(TEETH_GROWTH_IOD * camera.pose_scale * camera.to_clip.xy * turned.xy, -TEETH_FORWARD_DEPTH); }
  let reach = REACH_IOD[part];
  let behind = placed.w - mouth.lip_depth;
  let depth = max(behind - FREE_DEPTH_IOD, 0.0) / (reach.x + reach.y * lip_profile.opening);
  let near = select(0.0, NEAR * (1.0 - smoothstep(NEAR_IOD.x, NEAR_IOD.y, behind)), part == TONGUE_PART);
  let lit = 0.68 + 0.4 * max(dot(turned, LIGHT_DIRECTION), 0.0);
  let cup = select(1.0, LOWER_TEETH_LIGHT, part > TEETH);
  let amount = cup * lit * mix(mouth_gate() * lip_light(placed.xy), 1.0, near) * exp(-depth * depth);
  return Varying(vec4f(clip, 1.0), mouth.colours[min(part, TEETH)].rgb * mouth.light * GAIN * shadow_tint(amount));
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  return vec4f(from_srgb(clamp(in.colour, vec3f(0.0), vec3f(1.0))), 1.0);
}
