/** A prompt on a simulated switch without any connection, on a time that tests set. */
import { type CliSession, openCli, promptOf } from '../../../../drivers/simulator/mds/cli/context.ts';
import { type LogEntry, type Machine, type Output, runLine } from '../../../../drivers/simulator/mds/cli/run.ts';
import { buildFabric, type FabricPlan } from '../../../../drivers/simulator/mds/state/build.ts';
import type { MdsState, Role } from '../../../../drivers/simulator/mds/state/types.ts';

/** 2023-05-14 01:25:26 UTC. */
export const START_MS = Date.UTC(2023, 4, 14, 1, 25, 26);

export interface Prompt {
  /** Runs lines and gives what was said, without prompts. */
  (...lines: string[]): string;
  /** Of the last line. */
  last(): Output;
  prompt(): string;
  readonly session: CliSession;
}

export interface Fabric {
  readonly state: MdsState;
  readonly log: readonly LogEntry[];
  /** A session of `admin` on `mds-1`, unless said otherwise. */
  open(options?: { user?: string; role?: Role; on?: string }): Prompt;
  wait(durationMs: number): void;
}

export const HOST = (number: number) => `10:00:00:00:c9:0a:00:0${number}`;
export const TARGET = (number: number) => `50:06:01:60:00:0a:00:0${number}`;

export function startFabric(plan: Partial<FabricPlan> = {}): Fabric {
  const state = buildFabric({ vsans: [{ id: 10 }], hosts: 2, targets: 2, ...plan });
  const log: LogEntry[] = [];
  const machine: Machine = { state, log: (entry) => void log.push(entry) };
  let nowMs = START_MS;
  return {
    state,
    log,
    wait: (durationMs) => {
      nowMs += durationMs;
    },
    open: ({ user = 'admin', role = 'network-admin', on = 'mds-1' } = {}) => {
      const session = openCli(user, role, on);
      let last: Output | undefined;
      const run = (...lines: string[]) =>
        lines
          .flatMap((line) => {
            last = runLine(machine, session, line, nowMs);
            return last.question === undefined ? last.lines : [...last.lines, last.question];
          })
          .join('\n');
      return Object.assign(run, { last: () => last!, prompt: () => promptOf(session), session });
    },
  };
}

/** An active zone set `zs` of VSAN 10 with zones `z1` and `z2`, made on `mds-1` in basic mode. */
export function zoned(plan: Partial<FabricPlan> = {}): Fabric & { readonly admin: Prompt } {
  const fabric = startFabric(plan);
  const admin = fabric.open();
  admin(
    'configure terminal',
    'zone name z1 vsan 10',
    `member pwwn ${HOST(1)}`,
    `member pwwn ${TARGET(1)}`,
    'zone name z2 vsan 10',
    `member pwwn ${HOST(2)}`,
    'member pwwn 21:00:00:e0:8b:00:00:99',
    'zoneset name zs vsan 10',
    'member z1',
    'member z2',
    'zoneset activate name zs vsan 10',
    'end',
  );
  fabric.wait(1_000);
  return { ...fabric, admin };
}
