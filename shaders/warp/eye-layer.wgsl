// The photo layer at the eyes: the irises move with the gaze.
//
//   angles  h = limit(30 deg (c_out - c_in), 25 deg), v = limit(30 deg (c_down - c_up), 15 deg), limit(x, l) = x / (1 + |x / l|^4)^(1/4)
//   shift   s = across sin h + down sin v                                      px of the photo, per eye
//   L(s)    = mix(white(p), iris(p - s), a(|p - s - centre|)),  a = 1 - sst(radius - softness, radius + softness)
//   colour  = photo(p) + open(p) (L(s) - L(0) - edge (photo(p) - L(0)))
//             times 1 - .4 sst(.2, .9, blink) in the opening: a closing lid casts a shadow
//
// edge: weight near the rim of the original iris, where L(0) differs from the photo; there the photo is replaced
// completely. With s = 0 the photo does not change. Everything is smooth in s, so that microsaccades move by fractions
// of a pixel.
// In: positions of grid-motion.wgsl (clip x, y, photo u, v). `eyes`: upper half white, alpha = opening; lower half iris.

struct Iris {
  centre: vec2f, // px of the photo, like the others
  radius: f32,
  softness: f32,
  across: vec2f, // away from the nose
  down: vec2f,
  look: vec4u,   // indices of expressions: in, out, down, up
};
struct Eyes {
  irises: array<Iris, 2>, // right, left
  offset: vec2f,          // of one half of the texture in the photo, px
  size: vec2f,            // px
};

@group(0) @binding(10) var eyes: texture_2d<f32>;
@group(0) @binding(11) var<uniform> gaze: Eyes;

struct Varying {
  @builtin(position) position: vec4f,
  @location(0) uv: vec2f,
  @location(1) @interpolate(flat) shifts: vec4f,
  @location(2) @interpolate(flat) shades: vec2f,
};

const RADIANS_PER_WEIGHT: f32 = 0.5235988;
const LIMIT_ACROSS: f32 = 0.4363323;
const LIMIT_DOWN: f32 = 0.2617994;
const LID_SHADOW: f32 = 0.4;

fn limited(x: f32, limit: f32) -> f32 {
  let q = x / limit;
  return x / sqrt(sqrt(1.0 + q * q * q * q));
}

fn shift_of(iris: Iris) -> vec2f {
  let c = vec4f(state[COMMANDED + iris.look.x], state[COMMANDED + iris.look.y],
                state[COMMANDED + iris.look.z], state[COMMANDED + iris.look.w]);
  return iris.across * sin(limited(RADIANS_PER_WEIGHT * (c.y - c.x), LIMIT_ACROSS))
       + iris.down * sin(limited(RADIANS_PER_WEIGHT * (c.z - c.w), LIMIT_DOWN));
}

@vertex fn vertex_main(@location(0) placed: vec4f) -> Varying {
  var out: Varying;
  out.position = vec4f(placed.xy, PHOTO_DEPTH, 1.0);
  out.uv = placed.zw;
  out.shifts = vec4f(shift_of(gaze.irises[0]), shift_of(gaze.irises[1]));
  out.shades = 1.0 - LID_SHADOW * smoothstep(vec2f(0.2), vec2f(0.9), vec2f(state[BLINK], state[BLINK + 1u]));
  return out;
}

fn composed(white: vec3f, p: vec2f, iris: Iris) -> vec3f {
  let q = (p - gaze.offset) / gaze.size;
  let colour = textureSampleLevel(eyes, linear_sampler, vec2f(q.x, 0.5 + 0.5 * clamp(q.y, 0.0, 1.0)), camera.photo_level).rgb;
  let a = 1.0 - smoothstep(iris.radius - iris.softness, iris.radius + iris.softness, distance(p, iris.centre));
  return mix(white, colour, a);
}

@fragment fn fragment_main(in: Varying) -> @location(0) vec4f {
  let p = in.uv * camera.photo_size;
  let seen = textureSampleLevel(photo, linear_sampler, in.uv, camera.photo_level);
  let is_left = distance(p, gaze.irises[1].centre) < distance(p, gaze.irises[0].centre);
  let iris = gaze.irises[select(0u, 1u, is_left)];
  let shift = select(in.shifts.xy, in.shifts.zw, is_left);
  let q = (p - gaze.offset) / gaze.size;
  let white = textureSampleLevel(eyes, linear_sampler, vec2f(q.x, 0.5 * clamp(q.y, 0.0, 1.0)), camera.photo_level);
  let open = white.a * f32(all(q > vec2f(0.0)) && all(q < vec2f(1.0)));
  let before = composed(white.rgb, p, iris);
  let off_rim = abs(distance(p, iris.centre) - iris.radius) / iris.radius;
  let edge = (1.0 - smoothstep(0.15, 0.35, off_rim)) * smoothstep(0.05, 0.4, length(shift) / iris.radius);
  let moved = seen.rgb + open * (composed(white.rgb, p - shift, iris) - before - edge * (seen.rgb - before));
  let shade = mix(1.0, select(in.shades.x, in.shades.y, is_left), open);
  return vec4f(dithered(moved * shade_factor(shade), in.position), seen.a);
}
