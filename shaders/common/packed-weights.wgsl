// Eight weights at a time from a packed matrix.
//
// HALF: the f16 values of the weights file, eight per vec4u. That is half the bytes, and unpack2x16float needs no
// `enable f16`. Otherwise four f32 per vec4u, for software adapters, where unpacking costs 2.6 times the load it saves.
// Products and sums are f32 in both.

override HALF: bool;

struct Eight {
  lo: vec4f,
  hi: vec4f,
}

fn unpack_half(packed: vec4u) -> Eight {
  return Eight(
    vec4f(unpack2x16float(packed.x), unpack2x16float(packed.y)),
    vec4f(unpack2x16float(packed.z), unpack2x16float(packed.w)),
  );
}

fn unpack_full(lo: vec4u, hi: vec4u) -> Eight {
  return Eight(bitcast<vec4f>(lo), bitcast<vec4f>(hi));
}
