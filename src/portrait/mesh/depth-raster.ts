/** @file A small CPU rasteriser: the frontmost triangle at every pixel and its depth. */

type DepthRaster = {
  width: number;
  height: number;
  /** f32[height x width]: depth of the frontmost triangle at the pixel's centre; Infinity where there is none. */
  depth: Float32Array;
  /** i32[height x width]: index of that triangle; -1 where there is none. */
  triangle: Int32Array;
};

/**
 * @param pixels f32[n x 2], positions in raster pixels
 * @param depth f32[n], smaller is nearer
 * @param triangles u32[3 n]
 */
export function rasterise(
  pixels: Float32Array,
  depth: Float32Array,
  triangles: Uint32Array,
  width: number,
  height: number,
): DepthRaster {
  const out: DepthRaster = {
    width,
    height,
    depth: new Float32Array(width * height).fill(Infinity),
    triangle: new Int32Array(width * height).fill(-1),
  };
  for (let t = 0; t < triangles.length; t += 3) {
    const a = triangles[t]!;
    const b = triangles[t + 1]!;
    const c = triangles[t + 2]!;
    const ax = pixels[2 * a]!;
    const ay = pixels[2 * a + 1]!;
    const bx = pixels[2 * b]!;
    const by = pixels[2 * b + 1]!;
    const cx = pixels[2 * c]!;
    const cy = pixels[2 * c + 1]!;
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (area === 0) continue;
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const px = x + 0.5;
        const py = y + 0.5;
        const wa = ((bx - px) * (cy - py) - (cx - px) * (by - py)) / area;
        const wb = ((cx - px) * (ay - py) - (ax - px) * (cy - py)) / area;
        const wc = 1 - wa - wb;
        if (wa < 0 || wb < 0 || wc < 0) continue;
        const z = wa * depth[a]! + wb * depth[b]! + wc * depth[c]!;
        const i = y * width + x;
        if (z < out.depth[i]!) {
          out.depth[i] = z;
          out.triangle[i] = t / 3;
        }
      }
    }
  }
  return out;
}
