/**
 * Everything a command touches outside itself: streams, environment, time, signals, the engine. The process makes one
 * (process-context.ts); tests make their own. Only commands may rely on it.
 */
import type { ServiceName } from '../../daemon/service-names.ts';
import type { ServedFabrics, ServeFabrics } from '../../engine/operations/simulating.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Live, LiveOptions } from '../../views/tui/live.ts';

export interface Output {
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
  write(text: string): void;
}

export interface DaemonStart {
  readonly state: string;
  readonly version: string;
  readonly onError: (error: unknown, call: string) => void;
  /** How it serves: as it is told here, or as the state says of the node. */
  readonly how: ToldDaemon | { readonly node: string; readonly keyFile: string };
}

export interface ToldDaemon {
  /** `host:port`. */
  readonly listen: string;
  /** Directory of key and certificate. */
  readonly tls: string;
  readonly allowLocal: boolean;
  /** Undefined = all. */
  readonly services: readonly ServiceName[] | undefined;
}

export interface StartedDaemon {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the certificate: `AB:CD:...`. */
  readonly fingerprint: string;
  /** Made just now, and told only here. */
  readonly rootPassword?: string;
  /** False when some work is left for others. */
  stop(): Promise<boolean>;
}

export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: { readonly isTTY: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** What the process runs on. */
  readonly machine: { readonly nodeVersion: string; readonly platform: string };
  /** `state` as given with --state. */
  openClient(state: string): Promise<EngineClient>;
  /** One line that the person typed; undefined at the end of input or when the signal fires. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** The same without showing what is typed. */
  askSecret(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** All of standard input; undefined when there is more than `bytesMax`, or it isn't UTF-8. Rejects when the signal fires. */
  readInput(bytesMax: number, signal: AbortSignal): Promise<string | undefined>;
  /** Calls back on each SIGINT and SIGTERM until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
  /** Opens the live view on stderr; absent where nothing can be drawn. */
  openLive?(options: LiveOptions): Promise<Live>;
  /** Serves a state until it is stopped; absent where there is no network. */
  startDaemon?(options: DaemonStart): Promise<StartedDaemon>;
  /** Serves simulated fabrics until they are closed; absent where there is no network. */
  serveFabrics?(options: ServeFabrics): Promise<ServedFabrics>;
  /** Ends the process without waiting for anything. */
  exitNow(code: number): void;
}
