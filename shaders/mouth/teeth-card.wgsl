// The photo's own teeth, for photos with an open mouth: a crop of the photo on a bent strip, rigid with the head.
// At rest it lies exactly where it was cut out, in the photo's own light. While talking other lips shade it:
//
//   colour = photo mix(1, (gate lips)^tint, talking)        mouth-light.wgsl

const CARD_COLUMNS: f32 = 9.0;

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
  @location(1) clip: vec2f,
};

@vertex fn vertex_main(@builtin(vertex_index) index: u32) -> Varying {
  let corner = mouth.card[index].xyz;
  let turned = corner.x * vec3f(state[HEAD], state[HEAD + 1u], state[HEAD + 2u])
             + corner.y * vec3f(state[HEAD + 3u], state[HEAD + 4u], state[HEAD + 5u])
             + corner.z * vec3f(state[HEAD + 6u], state[HEAD + 7u], state[HEAD + 8u]);
  let shift = vec3f(state[HEAD_SHIFT], state[HEAD_SHIFT + 1u], state[HEAD_SHIFT + 2u]);
  var clip = to_clip_space(camera, state[HEAD_SCALE] * turned + shift);
  clip.z += camera.depth_bias;
  return Varying(vec4f(clip, 1.0), vec2f(f32(index >> 1u) / (CARD_COLUMNS - 1.0), f32(index & 1u)), clip.xy);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  let tooth = textureSampleLevel(teeth, linear_sampler, in.uv, camera.photo_level);
  let shade = shadow_tint(mouth_gate() * lip_light(in.clip));
  let light = mix(vec3f(1.0), shade, state[TALKING]);
  return vec4f(tooth.rgb * vec3f(shade_factor(light.r), shade_factor(light.g), shade_factor(light.b)), tooth.a);
}
