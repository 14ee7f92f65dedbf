/**
 * @file The modes of secondary motion: damped springs that follow jaw and head. This table is read by the dynamics
 * (renderer/webgpu/secondary-motion.ts) and by the preparation, which makes one displacement field per mode
 * (prepare/person/secondary-motion-fields.ts).
 *
 * docs/secondary-motion.md has the measurements behind the numbers and says which of them are measured.
 */

/** Input of a mode: opening of the jaw (0 ... 1), an angle of the head (radians) or its shift (IOD). */
export type SecondaryDrive = 'jaw' | 'yaw' | 'roll' | 'x' | 'y';

/** Part of the portrait that a mode moves; `ends` are hair ends and earrings. */
export type SecondaryRegion = 'throat' | 'chest' | 'collar' | 'ends';

export type SecondaryMotionMode = {
  region: SecondaryRegion;
  drive: SecondaryDrive;
  /** Displacement in IOD per unit of the drive, where the field is 1. */
  gain: number;
  /** Undamped natural frequency, Hz. */
  frequencyHz: number;
  /** Damping ratio zeta; 1 is critical damping. */
  damping: number;
  /**
   * The photo grid follows the drive already, without delay: only the difference between delayed and direct motion is
   * added.
   */
  lagsBehind: boolean;
  /** IOD: limit of the displacement; more than occurs naturally, and well below what would fold the grid. */
  limitIod: number;
};

/** Measured: what is below the chin follows the head sideways with a delay of 200 ms. */
const COLLAR = { region: 'collar', gain: 1, frequencyHz: 1.4, damping: 0.35, lagsBehind: true, limitIod: 0.1 } as const;

/**
 * Hair ends and earrings: from physics, not measured (hair that lies on the head does not lag at all, and the earrings
 * of the one clip that has some are too small to be tracked). A pendulum of 6 cm that adds half of the head's motion
 * where it hangs most loosely.
 */
const ENDS = { region: 'ends', gain: 0.5, frequencyHz: 2, damping: 0.25, lagsBehind: true, limitIod: 0.05 } as const;

export const SECONDARY_MOTION_MODES: readonly SecondaryMotionMode[] = [
  // Measured on speakers with a visible larynx, minus what the expressions move there already; the lag is within a
  // frame.
  { region: 'throat', drive: 'jaw', gain: 0.05, frequencyHz: 8, damping: 1, lagsBehind: false, limitIod: 0.05 },
  // Breath: from physics. Too slow to respond to nods; the grid already moves the shoulders by a tenth of those.
  { region: 'chest', drive: 'y', gain: 2, frequencyHz: 0.4, damping: 0.8, lagsBehind: false, limitIod: 0.03 },
  { ...COLLAR, drive: 'x' },
  { ...COLLAR, drive: 'yaw' },
  { ...COLLAR, drive: 'roll' },
  { ...ENDS, drive: 'x' },
  { ...ENDS, drive: 'yaw' },
  { ...ENDS, drive: 'roll' },
];
