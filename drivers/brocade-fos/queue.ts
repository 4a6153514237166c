/** One at a time, in the order asked: a command line is one, and a delta must not meet another one of its own process. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    // Whoever asked gets the failure; the next one only waits for the end.
    last = next.catch(() => undefined);
    return next;
  };
}
