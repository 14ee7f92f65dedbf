// Group 0 of every drawing pipeline: one layout, bound once a frame.
struct Mouth {
  light: vec4f,              // factor on every colour of the mouth
  colours: array<vec4f, 4>,  // sRGB of socket, tongue and gums, teeth, backdrop
  card: array<vec4f, 4>,     // canonical corners of the photo's own teeth
  lips: vec4f,               // canonical z of the lips, number of ring points, first of the lower lip, 1 / px per IOD
};

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<uniform> mouth: Mouth;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<vec4f>;
@group(0) @binding(4) var<storage, read> lip_ring: array<u32>;
@group(0) @binding(5) var linear_sampler: sampler;
@group(0) @binding(6) var photo: texture_2d<f32>;
@group(0) @binding(7) var lid_skin: texture_2d<f32>;
@group(0) @binding(8) var teeth: texture_2d<f32>;
