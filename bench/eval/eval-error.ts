/** @file An error that the user of `npm run eval` can understand and fix. */

/** The message says what is wrong and what to do. It is printed without a stack trace. */
export class EvalError extends Error {}
