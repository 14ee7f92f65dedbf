import { describe, expect, it } from 'vitest';
import { faceTopology } from '../../../../src/portrait/mesh/face-topology';
import { clusterTriangles } from '../../../../src/portrait/mesh/triangle-clustering';
import { faceModel } from '../../../fixtures/synthetic-face';

/** Corners of a tetrahedron whose fourth corner lies `height` above the middle of the others; SIDES face outwards. */
const tetrahedron = (height: number): Float32Array =>
  Float32Array.from([0.1, 0.1, 0, 9.1, 0.1, 0, 0.1, 9.1, 0, 0.4, 0.4, height]);
const SIDES = Uint32Array.from([0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3]);

describe('clusterTriangles', () => {
  it('removes a part that is so thin that its two sides become one sheet', () => {
    expect(clusterTriangles(tetrahedron(0.1), SIDES, 1, () => true)).toHaveLength(0);
  });

  it('keeps a part that encloses a volume', () => {
    expect(clusterTriangles(tetrahedron(5), SIDES, 1, () => true)).toEqual(SIDES);
  });

  it('keeps a single triangle, whichever corner comes first', () => {
    for (const corners of [
      [0, 1, 2],
      [2, 0, 1],
      [2, 1, 0],
    ])
      expect([...clusterTriangles(tetrahedron(5), Uint32Array.from(corners), 1, () => true)]).toEqual(corners);
  });

  it('leaves no face triangle with a second one on the same corners', () => {
    const { thinFace } = faceTopology(faceModel());
    const seen = new Set<string>();
    for (let t = 0; t < thinFace.length; t += 3)
      seen.add(
        thinFace
          .slice(t, t + 3)
          .sort()
          .join(),
      );
    expect(seen.size).toBe(thinFace.length / 3);
  });
});
