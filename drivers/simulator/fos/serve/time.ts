/** The time that a simulated switch keeps, and its waits. */
export interface ServerClock {
  nowMs(): number;
  /** Resolves after `durationMs`, or as soon as the simulator is closed. */
  wait(durationMs: number): Promise<void>;
  close(): void;
}

export function createServerClock(): ServerClock {
  const waits = new Map<NodeJS.Timeout, () => void>();
  return {
    nowMs: () => Date.now(),
    wait: (durationMs) =>
      durationMs <= 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            const timer = setTimeout(() => {
              waits.delete(timer);
              resolve();
            }, durationMs);
            waits.set(timer, resolve);
          }),
    close: () => {
      for (const [timer, resolve] of waits) {
        clearTimeout(timer);
        resolve();
      }
      waits.clear();
    },
  };
}
