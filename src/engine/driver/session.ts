/**
 * How a driver reaches its device. Sessions are made by the engine (driver/local.ts, driver/ssh, driver/rest) and handed
 * to `connect`; a driver never spawns, opens sockets or reads clocks itself.
 */

export interface RunRequest {
  /** Program and arguments; never a shell line. Quoting, where a transport needs it, happens in the session. */
  readonly argv: readonly string[];
  /** Written to standard input. Secrets go this way, never into argv. */
  readonly input?: string;
  /** Settings, never secrets: over SSH they are part of the command line. */
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
  /** A dialogue with the device's own command line (switches). Only where the device is reached over SSH. */
  openShell?(request: ShellRequest): Promise<Shell>;
  close(): Promise<void>;
}

export interface ShellRequest {
  /** What the end of the output looks like when the device waits for the next command, such as `/[\w:-]+> $/`. */
  readonly prompt: RegExp;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface ShellCommand {
  /** One line, without its end. */
  readonly line: string;
  /** Another prompt than the shell's, for a question such as `(yes, y, no, n): [no] `. */
  readonly prompt?: RegExp;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface ShellAnswer {
  /** Without the echo of the line and without the prompt. Lines end with `\n`. */
  readonly text: string;
  /** The line that the device waits on now, as it is: a prompt, or a question. */
  readonly prompt: string;
}

/** One command at a time; after an error it is closed, and what it said last is in the error's transcript. */
export interface Shell {
  /** What was said before the first prompt. */
  readonly greeting: string;
  /** What the device answered. */
  send(command: ShellCommand): Promise<string>;
  /** The same with what it asks next, for commands that may ask before they do something. */
  exchange(command: ShellCommand): Promise<ShellAnswer>;
  /** Between two looks at what the device is still doing. Rejects when the signal is aborted first. */
  pause?(durationMs: number, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export type RestMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RestHeaders = Readonly<Record<string, string>>;

export interface RestRequest {
  readonly method: RestMethod;
  /** Starts with `/`; may have a query. What stands before the `?` is shown in errors, so no secret goes there. */
  readonly path: string;
  /** Never shown. */
  readonly headers?: RestHeaders;
  readonly body?: string;
  /** Absolute, on the context's clock; for everything, logging in included. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /**
   * Logs in, with requests that have no `authenticate` themselves, and gives the headers that prove it. Called when the
   * device says 401, once for all requests that wait for it; the session adds the headers to all further requests that
   * have this hook. One session, one login: the hook is the same for all requests.
   */
  authenticate?(deadlineMs: number): Promise<RestHeaders>;
}

export interface RestResponse {
  /** Any but 401 and redirects, which are errors. What 4xx and 5xx mean is for the driver to say. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /**
   * As UTF-8 text. When the device gives no length and ends the connection after it, a cut answer looks like a short
   * one: it is whole when it parses as JSON or XML.
   */
  readonly body: string;
}

/**
 * A device's HTTPS interface. Nothing is sent twice, but once more after a login. GET and HEAD change nothing: what goes
 * wrong with them is `transient`. Anything else is `transient` until it is sent and `ambiguous` from then on.
 */
export interface RestSession {
  readonly type: 'rest';
  request(request: RestRequest): Promise<RestResponse>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** For drivers that are the device themselves (the simulator). */
export interface NoSession {
  readonly type: 'none';
  close(): Promise<void>;
}

export type Session = CommandSession | RestSession | NoSession;

/** What a driver takes: one type, or several of which the scheme of the device's endpoint picks (ssh://, https://, local). */
export type SessionTypes = Session['type'] | readonly Session['type'][];
