// Socket, tongue, gums and teeth.
//
//   colour = base (.62 + .42 n.l) rim gate ao^(.8, 1.2, 1.25) light 1.12
//   ao     = exp(-k max(depth behind the lips - .067 IOD, 0))
//
// k a part: teeth 1.8, tongue 2.7, socket 4.9 per IOD: deep places are darker and redder. Normals are those at rest, turned
// with the head; what the jaw adds to them cannot be seen behind the lips.
// Source: portrait-recipe, section 5; rim and gate: mouth-light.wgsl.

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) colour: vec3f,
};

const LIGHT_DIRECTION: vec3f = vec3f(0.151, -0.351, -0.924);
const FREE_DEPTH_IOD: f32 = 0.067;
const GAIN: f32 = 1.12;
const FALLOFF = array(4.9, 2.7, 1.8);

@vertex fn vertex_main(@location(0) placed: vec4f, @location(1) normal_part: vec4f) -> Varying {
  let n = normal_part.xyz;
  let turned = n.x * vec3f(state[HEAD], state[HEAD + 1u], state[HEAD + 2u])
             + n.y * vec3f(state[HEAD + 3u], state[HEAD + 4u], state[HEAD + 5u])
             + n.z * vec3f(state[HEAD + 6u], state[HEAD + 7u], state[HEAD + 8u]);
  var out: Varying;
  out.position = vec4f(placed.xyz, 1.0);
  let part = u32(normal_part.w);
  let lit = 0.62 + 0.42 * max(dot(turned, LIGHT_DIRECTION), 0.0);
  let depth = max(placed.w - mouth.lips.x - FREE_DEPTH_IOD, 0.0);
  let ao = exp(-FALLOFF[part] * depth * vec3f(0.8, 1.2, 1.25));
  out.colour = mouth.colours[part].rgb * lit * lip_shadow(placed.xy) * ao * mouth.light.rgb * GAIN;
  return out;
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  return vec4f(from_srgb(clamp(in.colour, vec3f(0.0), vec3f(1.0))), 1.0);
}
