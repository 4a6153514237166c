/** Calls of operations under way: who asked, and how they are told to stop. One a daemon. */
export interface RunningCall {
  readonly user: string;
  readonly operation: string;
  readonly stop: AbortController;
}

export interface RunningCalls {
  readonly size: number;
  /** False when a call of that id is under way already, or too many are. */
  begin(id: string, call: RunningCall): boolean;
  end(id: string): void;
  get(id: string): RunningCall | undefined;
  /** Every call begins no new step any more; resolves when none is left, or false after the time. */
  drain(waitMs: number): Promise<boolean>;
}

export function createRunningCalls(max: number): RunningCalls {
  const calls = new Map<string, RunningCall>();
  const waiting = new Set<() => void>();
  return {
    get size() {
      return calls.size;
    },
    begin: (id, call) => {
      if (calls.has(id) || calls.size >= max) return false;
      calls.set(id, call);
      return true;
    },
    end: (id) => {
      calls.delete(id);
      if (calls.size === 0) for (const wake of [...waiting]) wake();
    },
    get: (id) => calls.get(id),
    drain: async (waitMs) => {
      for (const { stop } of calls.values()) stop.abort();
      if (calls.size === 0) return true;
      return new Promise((resolve) => {
        const done = (answer: boolean): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(answer);
        };
        const wake = (): void => done(true);
        const timer = setTimeout(() => done(false), waitMs);
        waiting.add(wake);
      });
    },
  };
}
