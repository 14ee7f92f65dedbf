// The opening between the lips on the screen, as a table over x: what the light in the mouth depends on.
// Lengths are IOD on the screen from the middle of the picture, x as in the photo, y down.

const PROFILE_COLUMNS: u32 = 32u;

struct LipProfile {
  left: f32,          // x of the left mouth corner
  inverse_width: f32, // 1 / (x of the right corner - x of the left corner)
  opening: f32,       // distance between the middles of the lips
  columns: array<vec2f, PROFILE_COLUMNS>, // y of the upper lip, y of the lower lip; x at the middle of each column
};
