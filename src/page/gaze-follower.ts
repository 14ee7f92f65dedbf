/** @file GazeFollower: the direction in which a portrait on a page sees something else on the page, kept up to date. */
import { refuse } from '../core/check-arguments';
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

/** Follows one target at a time, wherever it and the canvas move. */
export class GazeFollower {
  #request: number | undefined;
  #last: Exclude<GazeTarget, 'camera'> | undefined;
  readonly #canvas: Pick<HTMLCanvasElement, 'getBoundingClientRect'>;
  readonly #isMirrored: () => boolean;
  readonly #look: (gaze: GazeTarget | undefined) => void;

  /** @param look gets the direction whenever it changes; undefined when nothing is followed any more */
  constructor(
    canvas: Pick<HTMLCanvasElement, 'getBoundingClientRect'>,
    isMirrored: () => boolean,
    look: (gaze: GazeTarget | undefined) => void,
  ) {
    this.#canvas = canvas;
    this.#isMirrored = isMirrored;
    this.#look = look;
  }

  /** Looks at an element or a point; null: at nothing any more. @throws TalkingPortraitError `invalid-option` */
  follow(target: Element | PagePoint | null): void {
    const where = target === null ? undefined : placeOf(target);
    this.#cancel();
    if (where) return this.#watch(where);
    this.stop();
    this.#look(undefined);
  }

  /** Follows nothing any more; the gaze stays where it is. */
  stop(): void {
    this.#cancel();
    this.#last = undefined;
  }

  #cancel(): void {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#request = undefined;
  }

  #watch(where: () => PagePoint | undefined): void {
    const point = where();
    if (point) this.#turn(point);
    this.#request = requestAnimationFrame(() => this.#watch(where));
  }

  #turn(point: PagePoint): void {
    const gaze = gazeTowards(this.#canvas.getBoundingClientRect(), point, this.#isMirrored());
    const last = this.#last;
    if (last && Math.hypot(gaze.x - last.x, gaze.y - last.y) < TOLERANCE) return;
    this.#last = gaze;
    this.#look(gaze);
  }
}

/** Tells where a target is now; undefined while it is not on the page. @throws TalkingPortraitError `invalid-option` */
function placeOf(target: Element | PagePoint): () => PagePoint | undefined {
  if (target && 'getBoundingClientRect' in Object(target)) {
    const element = target as Element;
    return () => {
      if (!element.isConnected) return undefined;
      const { left, top, width, height } = element.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    };
  }
  const { x, y } = Object(target) as PagePoint;
  if (!Number.isFinite(x) || !Number.isFinite(y)) {
    const remedy = 'Use an element of the page, a point { x, y } in CSS pixels, or null.';
    refuse('This cannot be looked at.', remedy, target);
  }
  return () => ({ x, y });
}
