// Socket, tongue, gums and teeth.
//
//   amount = (.6 + .48 n.l) gate lips exp(-k max(depth behind the lips - .067 IOD, 0))
//   colour = base light 1.1 amount^(.86, 1.06, 1.12)            shadows in a mouth are red
//
// k a part, per IOD: teeth 3.2, tongue 2.2, socket 4.5. Normals are those at rest, turned with the head; what the jaw adds to
// them cannot be seen behind the lips. Teeth are blown up a little along their normals: the model's stand apart, and the
// dark between them would look like a fence.
// After portrait-recipe, section 5; gate, lips: mouth-light.wgsl.

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) colour: vec3f,
};

const LIGHT_DIRECTION: vec3f = vec3f(0.151, -0.351, -0.924);
const FREE_DEPTH_IOD: f32 = 0.067;
const GAIN: f32 = 1.1;
const FALLOFF = array(4.5, 2.2, 3.2);
const SHADOW_TINT: vec3f = vec3f(0.86, 1.06, 1.12);
const TEETH: u32 = 2u;
const TEETH_GROWTH_IOD: f32 = 0.005;
// The thinned gums would stick through here and there.
const TEETH_FORWARD_DEPTH: f32 = 0.015;

@vertex fn vertex_main(@location(0) placed: vec4f, @location(1) normal_part: vec4f) -> Varying {
  let n = normal_part.xyz;
  let turned = n.x * vec3f(state[HEAD], state[HEAD + 1u], state[HEAD + 2u])
             + n.y * vec3f(state[HEAD + 3u], state[HEAD + 4u], state[HEAD + 5u])
             + n.z * vec3f(state[HEAD + 6u], state[HEAD + 7u], state[HEAD + 8u]);
  let part = u32(normal_part.w);
  var clip = placed.xyz;
  if (part == TEETH) { clip += vec3f(TEETH_GROWTH_IOD * camera.pose_scale * camera.to_clip.xy * turned.xy, -TEETH_FORWARD_DEPTH); }
  let depth = max(placed.w - mouth.lips.x - FREE_DEPTH_IOD, 0.0);
  let lit = 0.6 + 0.48 * max(dot(turned, LIGHT_DIRECTION), 0.0);
  let amount = lit * mouth_gate() * lip_light(placed.xy) * exp(-FALLOFF[part] * depth);
  return Varying(vec4f(clip, 1.0), mouth.colours[part].rgb * mouth.light.rgb * GAIN * pow(vec3f(amount), SHADOW_TINT));
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  return vec4f(from_srgb(clamp(in.colour, vec3f(0.0), vec3f(1.0))), 1.0);
}
