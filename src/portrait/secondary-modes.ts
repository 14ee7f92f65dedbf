/**
 * @file The modes of secondary motion: what drives each, how much, how fast and how well damped. One table, read by the temporal
 * module (dynamics) and by the preparation of a portrait (which field each moves, prepare/secondary-fields.ts).
 */

/** What a mode follows: the opening of the jaw (0 ... 1), the head's angles (radians), its shift (IOD). */
export type SecondaryDrive = 'jaw' | 'pitch' | 'yaw' | 'roll' | 'x' | 'y';

/** Part of the portrait that moves. */
export type SecondaryRegion = 'throat' | 'hair';

export type SecondaryMode = {
  region: SecondaryRegion;
  drive: SecondaryDrive;
  /** IOD per unit of the drive where the field is 1. */
  gain: number;
  /** Undamped natural frequency, Hz. */
  frequencyHz: number;
  /** zeta; 1 is critical. */
  damping: number;
  /** The region has the drive's motion already: only what lags behind it is added, nothing at rest. */
  lagsBehind: boolean;
  /** IOD: y stops here, far outside of what is natural and well inside of what folds. */
  limitIod: number;
};

const HAIR = { region: 'hair', gain: 0.5, frequencyHz: 2, damping: 0.35, lagsBehind: true, limitIod: 0.08 } as const;

export const SECONDARY_MODES: readonly SecondaryMode[] = [
  { region: 'throat', drive: 'jaw', gain: 0.06, frequencyHz: 3, damping: 0.9, lagsBehind: false, limitIod: 0.06 },
  { ...HAIR, drive: 'pitch' },
  { ...HAIR, drive: 'yaw' },
  { ...HAIR, drive: 'roll' },
  { ...HAIR, drive: 'x' },
  { ...HAIR, drive: 'y' },
];
