import { describe, expect, it } from 'vitest';
import { faceTopology } from '../../../../src/portrait/mesh/face-topology';
import { clusterTriangles } from '../../../../src/portrait/mesh/triangle-clustering';
import { faceModel } from '../../../fixtures/synthetic-face';

/** A tetrahedron, outwards, whose fourth corner lies `height` above the middle of the others. */
const tetrahedron = (height: number): Float32Array =>
  Float32Array.from([0.1, 0.1, 0, 9.1, 0.1, 0, 0.1, 9.1, 0, 0.4, 0.4, height]);
const SIDES = Uint32Array.from([0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3]);

describe('clusterTriangles', () => {
  it('leaves nothing of a part so thin that both its sides become one sheet', () => {
    expect(clusterTriangles(tetrahedron(0.1), SIDES, 1, () => true)).toHaveLength(0);
  });

  it('keeps a part that encloses something', () => {
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

  it('draws no triangle of the face from both sides', () => {
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
