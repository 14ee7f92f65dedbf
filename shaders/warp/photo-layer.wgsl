// Layer 0: the photo on its moved grid. Drawn after the opaque face, at the far plane, so that the depth test spares
// the pixels that the face covers.
// In: positions of grid-motion.wgsl (clip x, y, photo u, v).

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
};

@vertex fn vertex_main(@location(0) placed: vec4f) -> Varying {
  return Varying(vec4f(placed.xy, 1.0, 1.0), placed.zw);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  return vec4f(textureSampleLevel(photo, linear_sampler, in.uv, PHOTO_LEVEL).rgb, 1.0);
}
