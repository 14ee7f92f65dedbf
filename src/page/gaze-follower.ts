/** @file GazeFollower: the direction in which a portrait on a page sees something else on the page, kept up to date. */
import type { GazeTarget } from '../options/controls';

/** A point of the page, CSS pixels from the upper left corner of the viewport. */
export type PagePoint = {
  /** To the right. */
  x: number;
  /** Down. */
  y: number;
};

/** The portrait seems to be this many heights of its canvas behind the viewer's plane. */
const DISTANCE_HEIGHTS = 1.2;
/** Limits of the gaze, degrees. */
const LIMIT = { x: 30, y: 20 };
/** The eyes are in the upper half of most pictures. */
const EYE_HEIGHT = 0.42;
/** Smaller movements of the target do not move the eyes, degrees. */
const TOLERANCE = 0.7;

/** Direction from the eyes of a picture at `canvas` to `point`, degrees. */
export function gazeTowards(
  canvas: DOMRectReadOnly,
  point: PagePoint,
  mirrored: boolean,
): Exclude<GazeTarget, 'camera'> {
  const distance = DISTANCE_HEIGHTS * Math.max(1, canvas.height);
  const degrees = (offset: number): number => (Math.atan2(offset, distance) * 180) / Math.PI;
  const limited = (angle: number, limit: number): number => Math.min(limit, Math.max(-limit, angle));
  const x = degrees(point.x - canvas.left - canvas.width / 2);
  const y = degrees(point.y - canvas.top - EYE_HEIGHT * canvas.height);
  return { x: limited(mirrored ? -x : x, LIMIT.x), y: limited(y, LIMIT.y) };
}

/** Follows one target at a time. */
export class GazeFollower {
  #request: number | undefined;
  #last: Exclude<GazeTarget, 'camera'> | undefined;
  readonly #canvas: HTMLCanvasElement;
  readonly #isMirrored: () => boolean;
  readonly #look: (gaze: GazeTarget) => void;

  /** @param look sets the gaze */
  constructor(canvas: HTMLCanvasElement, isMirrored: () => boolean, look: (gaze: GazeTarget) => void) {
    this.#canvas = canvas;
    this.#isMirrored = isMirrored;
    this.#look = look;
  }

  /** Looks at a point, at an element wherever it moves, or at the viewer again (null). */
  follow(target: Element | PagePoint | null): void {
    this.stop();
    if (target === null) this.#look('camera');
    else if (target instanceof Element) this.#watch(target);
    else this.#turn(target);
  }

  /** Follows nothing any more; the gaze stays where it is. */
  stop(): void {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#request = undefined;
    this.#last = undefined;
  }

  #watch(element: Element): void {
    const { left, top, width, height } = element.getBoundingClientRect();
    this.#turn({ x: left + width / 2, y: top + height / 2 });
    this.#request = requestAnimationFrame(() => this.#watch(element));
  }

  #turn(point: PagePoint): void {
    const gaze = gazeTowards(this.#canvas.getBoundingClientRect(), point, this.#isMirrored());
    const last = this.#last;
    if (last && Math.hypot(gaze.x - last.x, gaze.y - last.y) < TOLERANCE) return;
    this.#last = gaze;
    this.#look(gaze);
  }
}
