/**
 * @file The modes of secondary motion: what drives each, how much, how fast and how well damped. One table, read by the temporal
 * module (dynamics) and by the preparation of a portrait (which field each moves, prepare/secondary-fields.ts).
 *
 * What was measured and what was not, with figures: docs/secondary-motion.md.
 */

/** What a mode follows: the opening of the jaw (0 ... 1), the head's angles (radians), its shift (IOD). */
export type SecondaryDrive = 'jaw' | 'yaw' | 'roll' | 'x' | 'y';

/** Part of the portrait that moves. */
export type SecondaryRegion = 'throat' | 'chest' | 'collar' | 'ends';

export type SecondaryMode = {
  region: SecondaryRegion;
  drive: SecondaryDrive;
  /** IOD per unit of the drive where the field is 1. */
  gain: number;
  /** Undamped natural frequency, Hz. */
  frequencyHz: number;
  /** zeta; 1 is critical. */
  damping: number;
  /** The photo's grid follows the drive already: only what lags behind it is added, nothing at rest. */
  lagsBehind: boolean;
  /** IOD: y stops here, beyond what is natural and well inside of what folds. */
  limitIod: number;
};

/** Measured: what is below the chin follows the head sideways, 200 ms late. */
const COLLAR = { region: 'collar', gain: 1, frequencyHz: 1.4, damping: 0.35, lagsBehind: true, limitIod: 0.1 } as const;

/**
 * Hair ends and earrings: physics, not measured (hair that lies on the head does not lag at all, and the earrings of the one
 * clip that has some are below what can be tracked). A pendulum of 6 cm, loose by a half where it is loosest.
 */
const ENDS = { region: 'ends', gain: 0.5, frequencyHz: 2, damping: 0.25, lagsBehind: true, limitIod: 0.05 } as const;

export const SECONDARY_MODES: readonly SecondaryMode[] = [
  // Measured on the speakers with a visible larynx, less what the expressions move there already; no lag above a frame.
  { region: 'throat', drive: 'jaw', gain: 0.05, frequencyHz: 8, damping: 1, lagsBehind: false, limitIod: 0.05 },
  // Breath: physics. Slow enough to leave the head's nods alone, of which shoulders take a tenth (the grid does that).
  { region: 'chest', drive: 'y', gain: 2, frequencyHz: 0.4, damping: 0.8, lagsBehind: false, limitIod: 0.03 },
  { ...COLLAR, drive: 'x' },
  { ...COLLAR, drive: 'yaw' },
  { ...COLLAR, drive: 'roll' },
  { ...ENDS, drive: 'x' },
  { ...ENDS, drive: 'yaw' },
  { ...ENDS, drive: 'roll' },
];
