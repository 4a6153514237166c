/**
 * How a driver reaches its device. Sessions are made by the engine (driver/local.ts now; ssh and rest later) and handed
 * to `connect`; a driver never spawns, opens sockets or reads clocks itself.
 */

export interface RunRequest {
  /** Program and arguments; never a shell line. Quoting, where a transport needs it, happens in the session. */
  readonly argv: readonly string[];
  /** Written to standard input. Secrets go this way, never into argv. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The session kills the program and throws `ambiguous` when it isn't done by then. Absolute, on the context's clock. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs on the device's machine. Failing to start is `transient`; no answer by the deadline is `ambiguous`. */
export interface CommandSession {
  readonly type: 'command';
  run(request: RunRequest): Promise<RunResult>;
  close(): Promise<void>;
}

/** For drivers that are the device themselves (the simulator). */
export interface NoSession {
  readonly type: 'none';
  close(): Promise<void>;
}

export type Session = CommandSession | NoSession;
