/** @file What the user of `npm run eval` can understand and mend. */

/** The message says what is wrong and what to do; no stack is shown. */
export class EvalError extends Error {}
