// The photo layer: the person of the photo on the moved grid. It is drawn after the opaque face, so that the depth test skips
// the pixels that the face covers. Triangles that are wholly opaque come first; those at the person's outline are blended over
// the backdrop later.
// In: positions of grid-motion.wgsl (clip x, y, photo u, v).

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
};

@vertex fn vertex_main(@location(0) placed: vec4f) -> Varying {
  return Varying(vec4f(placed.xy, PHOTO_DEPTH, 1.0), placed.zw);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  let colour = textureSampleLevel(photo, linear_sampler, in.uv, camera.photo_level);
  return vec4f(dithered(colour.rgb, in.position), colour.a);
}
