/** @file Constants of a frame that both renderers use. The other constants of the arithmetic are in the kernels and in cpu/frame-steps.ts. */

/**
 * In speech, openings smaller than this count as closed. The residual VQ leaves about this much of a closure open, and lips
 * that almost touch look like a mistake. IOD.
 */
export const LIP_SLACK_IOD = 0.006;
/** In speech, closed lips overlap by this, half a pixel of a 512 px picture. Edges that only meet let single pixels through. */
export const LIP_OVERLAP_IOD = 0.003;
/** Probabilities of AudioEmbedding.articulation that count as 0 and as 1. */
export const ARTICULATION_RANGE = [0.08, 0.45] as const;
/** Largest strength of secondary motion. */
export const MAX_SECONDARY_MOTION = 2;
/** The mouth lies this much farther away than modelled, as depth: 0.06 IOD of the 6 that the depth buffer spans. */
export const MOUTH_DEPTH_BIAS = 0.01;
