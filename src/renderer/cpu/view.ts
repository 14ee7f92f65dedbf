/** @file View: where pixels of the photo lie in the picture, for one output. */
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { photoPixels, photoToClip, type PictureOutput } from '../picture-output';
import type { Facing } from './rasteriser';

/** The depth buffer spans this many IOD about the neck joint. */
const DEPTH_SPAN_IOD = 6;

export type View = {
  /** Picture = px of the photo * scale + offset; scaleX is negative in a mirrored picture. */
  scaleX: number;
  scaleY: number;
  offsetX: number;
  offsetY: number;
  /** Pixels of the picture in one IOD on the screen; x is negative in a mirrored picture. */
  iodX: number;
  iodY: number;
  /** Mipmap level of the photo: the warp hardly changes sizes, so one serves the whole picture. */
  level: number;
  /** Front faces of the mesh. */
  front: Facing;
};

export function viewOf({ photo, pose }: PortraitBundle, output: PictureOutput): View {
  const { width, height, mirror } = output;
  const toClip = photoToClip(photo, pose, output);
  const [scaleX, scaleY] = [(toClip[0] * width) / 2, (-toClip[1] * height) / 2];
  return {
    scaleX,
    scaleY,
    offsetX: ((toClip[2] + 1) * width) / 2,
    offsetY: ((1 - toClip[3]) * height) / 2,
    iodX: pose.scale * scaleX,
    iodY: pose.scale * scaleY,
    level: Math.max(0, Math.round(Math.log2(photoPixels(toClip, output)))),
    front: mirror ? 1 : -1,
  };
}

/** Depth of a vertex. @param z IOD away from the viewer, in camera space */
export function depthOf(z: number): number {
  return 0.5 + z / DEPTH_SPAN_IOD;
}
