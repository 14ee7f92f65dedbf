// Layer 0: the person of the photo on its moved grid. Drawn after the opaque face, so that the depth test spares the pixels
// that the face covers; first the triangles without background in them, then, blended over the backdrop, those with.
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
