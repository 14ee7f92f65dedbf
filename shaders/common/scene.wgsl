// Group 0 of every drawing pipeline: one layout, bound once per frame.

// Depth of the photo layer: behind the model and the backdrop of the mouth, in front of the background.
const PHOTO_DEPTH: f32 = 0.9995;

struct Mouth {
  light: vec3f,                  // factor on every colour of the mouth
  saturation: f32,               // 0 for a photo without colours ... 1
  colours: array<vec4f, 4>,      // sRGB of socket, tongue and gums, teeth, backdrop
  photo_teeth: array<vec4f, 18>, // canonical strip of the photo teeth: top and bottom of 9 columns
  lip_depth: f32,                // canonical z of the lips
  photo_teeth_place: vec4f,      // of the crop in the photo: first corner and size, in widths and heights of the photo
};

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<uniform> mouth: Mouth;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read> lip_profile: LipProfile;
@group(0) @binding(4) var linear_sampler: sampler;
@group(0) @binding(5) var photo: texture_2d<f32>;   // alpha: opacity of the person over the background
@group(0) @binding(6) var lid_skin: texture_2d<f32>;
@group(0) @binding(7) var teeth: texture_2d<f32>;
@group(0) @binding(8) var<storage, read> positions: array<vec4f>; // of dense-motion.wgsl
@group(0) @binding(9) var backdrop: texture_2d<f32>;
