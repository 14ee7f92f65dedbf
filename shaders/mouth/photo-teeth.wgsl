// The photo teeth, for photos with an open mouth: a crop of the photo on a bent strip, rigid with the head.
// In the rest pose it lies exactly where it was cut out and shows the photo itself. In speech the crop has no lips round the teeth,
// the lower jaw shows below them, and the moving lips shade them:
//
//   colour = mix(photo, crop (gate lips)^tint, speech_blend)     alpha = mix(1, crop alpha tongue, speech_blend)
//   tongue = sst(h - .2, h, height above the lower lip in openings), h = max(.5 between, .35 tip)
//
// gate, lips, tint: mouth-light.wgsl. The factor `tongue` uncovers a tongue that is raised or between the teeth, however long the
// photo's teeth are.

const COLUMNS: f32 = 9.0; // PHOTO_TEETH_COLUMNS
const TONGUE_HEIGHT: vec2f = vec2f(0.35, 0.5); // tip behind the teeth, between them
const TONGUE_EDGE: f32 = 0.2;

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
  @location(1) clip: vec2f,
};

@vertex fn vertex_main(@builtin(vertex_index) index: u32) -> Varying {
  let corner = mouth.photo_teeth[index].xyz;
  let turned = corner.x * vec3f(state[HEAD], state[HEAD + 1u], state[HEAD + 2u])
             + corner.y * vec3f(state[HEAD + 3u], state[HEAD + 4u], state[HEAD + 5u])
             + corner.z * vec3f(state[HEAD + 6u], state[HEAD + 7u], state[HEAD + 8u]);
  let shift = vec3f(state[HEAD_SHIFT], state[HEAD_SHIFT + 1u], state[HEAD_SHIFT + 2u]);
  var clip = to_clip_space(camera, state[HEAD_SCALE] * turned + shift);
  clip.z += camera.depth_bias;
  return Varying(vec4f(clip, 1.0), vec2f(f32(index >> 1u) / (COLUMNS - 1.0), f32(index & 1u)), clip.xy);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  let tooth = textureSampleLevel(teeth, linear_sampler, in.uv, camera.photo_level);
  let place = mouth.photo_teeth_place.xy + in.uv * mouth.photo_teeth_place.zw;
  let rest = textureSampleLevel(photo, linear_sampler, place, camera.photo_level).rgb;
  let light = shadow_tint(mouth_gate() * lip_light(in.clip));
  let shaded = tooth.rgb * vec3f(shade_factor(light.r), shade_factor(light.g), shade_factor(light.b));
  let p = on_screen(in.clip);
  let lips = lips_at(p.x);
  let height = (lips.y - p.y) / max(lips.y - lips.x, 1e-3);
  let raised = max(TONGUE_HEIGHT.x * state[ARTICULATION], TONGUE_HEIGHT.y * state[ARTICULATION + 1u]);
  let above = smoothstep(raised - TONGUE_EDGE, raised, height);
  return vec4f(mix(rest, shaded, state[SPEECH_BLEND]), mix(1.0, tooth.a * above, state[SPEECH_BLEND]));
}
