// Group 0 of every drawing pipeline: one layout, bound once a frame.

// Depth of the photo layer: behind all that is modelled and behind the mouth's backdrop, before the background.
const PHOTO_DEPTH: f32 = 0.9995;

struct Mouth {
  light: vec4f,              // factor on every colour of the mouth; how much colour the photo has, 0 ... 1
  colours: array<vec4f, 4>,  // sRGB of socket, tongue and gums, teeth, backdrop
  card: array<vec4f, 18>,    // canonical strip of the photo's own teeth: top and bottom of 9 columns
  lips: vec4f,               // canonical z of the lips, unused
  card_place: vec4f,         // of the card in the photo: first corner and size, in widths and heights of the photo
};

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<uniform> mouth: Mouth;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read> lip_profile: array<vec2f>;
@group(0) @binding(4) var linear_sampler: sampler;
@group(0) @binding(5) var photo: texture_2d<f32>;   // the person's colour, alpha = opacity over the background
@group(0) @binding(6) var lid_skin: texture_2d<f32>;
@group(0) @binding(7) var teeth: texture_2d<f32>;
@group(0) @binding(8) var<storage, read> positions: array<vec4f>; // of dense-motion.wgsl
@group(0) @binding(9) var backdrop: texture_2d<f32>; // what is behind the person
