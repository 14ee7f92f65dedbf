/** @file SerialQueue: asynchronous tasks that must not overlap run one after another, in the order of the calls. */

/** A failed task does not stop those after it. */
export class SerialQueue {
  /** Settles when the newest task has ended; never rejects. */
  #tail: Promise<void> = Promise.resolve();
  #closedBy: Error | undefined;

  /**
   * Runs `task` when all earlier tasks have ended. A task must not wait for a later one.
   *
   * @returns the result or error of the task; after `close`, rejects with its reason
   */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(() => {
      if (this.#closedBy) throw this.#closedBy;
      return task();
    });
    this.#tail = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  /**
   * Rejects all tasks that have not begun, now and later, with `reason`. The running task goes on.
   *
   * @returns when the running task has ended
   */
  async close(reason: Error): Promise<void> {
    this.#closedBy ??= reason;
    await this.#tail;
  }
}
