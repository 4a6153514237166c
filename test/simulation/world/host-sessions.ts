/** Sessions of one process to hosts, over a network that loses what is sent, is slow, and delivers what was given up. */
import { DriverError, type DriverErrorClass } from '../../../src/engine/driver/errors.ts';
import { createQuiescingHost } from '../../../src/engine/driver/quiesce.ts';
import type { CommandSession, RunRequest, RunResult } from '../../../src/engine/driver/session.ts';
import type { CredentialResolver } from '../../../src/engine/operations/credentials.ts';
import type { OpenHost } from '../../../src/engine/workflow/types.ts';
import type { HostFault, QuiesceOptions } from '../copy-options.ts';
import { type Incarnation, never } from './incarnation.ts';
import type { SimHost } from './sim-hosts.ts';

export function createHostSessions(
  process: Incarnation,
  options: QuiesceOptions,
  resolve: CredentialResolver,
): OpenHost {
  const { world, rng } = process;
  return async ({ name, spec: { quiesce } }) => {
    const host = world.hosts.get(name);
    if (!host || !quiesce) throw new DriverError({ class: 'invalid', message: `no host ${name} is reached` });
    await resolve(quiesce.credential);
    if (!process.step()) return never();
    await new Promise<void>((then) => void world.scheduler.in(rng.skewed(options.hostMs), then, process));
    if (world.scheduler.nowMs < host.unavailableUntilMs) throw unreached(host);
    return createQuiescingHost(name, sessionTo(process, host, options), quiesce, () => process.clock.nowMs());
  };
}

const unreached = ({ name }: SimHost) => new DriverError({ class: 'transient', message: `${name} does not answer` });

function sessionTo(process: Incarnation, host: SimHost, options: QuiesceOptions): CommandSession {
  return {
    type: 'command',
    run: (request) => (process.step(15) ? sent(process, host, options, request) : never()),
    close: async () => {},
  };
}

function sent(
  process: Incarnation,
  host: SimHost,
  { hostMs, faults }: QuiesceOptions,
  { argv, deadlineMs }: RunRequest,
): Promise<RunResult> {
  const { world, rng } = process;
  const { scheduler } = world;
  world.monitor.quiescing.onSent(process, host, argv);
  const hits = (fault: HostFault) => {
    const hit = rng.chance(faults[fault] ?? 0) && world.trouble;
    if (hit) world.count(`host: ${fault}`);
    return hit;
  };
  const [isLostBefore, isLostAfter, isSlow] = [hits('lost-before'), hits('lost-after'), hits('slow')];
  if (hits('down')) host.unavailableUntilMs = scheduler.nowMs + rng.int(1_000, 20_000);
  const [wayMs, backMs] = [rng.skewed(hostMs), rng.skewed(hostMs)].map((ms) => Math.max(1, ms)) as [number, number];
  const slowMs = isSlow ? rng.int(1_000, 8_000) : 0;
  const isSlowThere = rng.chance(0.5);
  return new Promise((resolve, reject) => {
    const fail = (errorClass: DriverErrorClass, message: string) =>
      settle(() => reject(new DriverError({ class: errorClass, message: `host ${host.name}: ${message}` })));
    const dueMs = scheduler.nowMs + (deadlineMs - process.clock.nowMs());
    const deadline = scheduler.at(dueMs, () => fail('ambiguous', 'no answer before the deadline'), process);
    const settle = (then: () => void) => {
      deadline.cancelled = true;
      then();
    };
    const later = (inMs: number, then: () => void) => void scheduler.in(inMs, then, process);
    const arrive = async () => {
      if (scheduler.nowMs >= dueMs) return undefined;
      if (scheduler.nowMs < host.unavailableUntilMs) return later(backMs, () => settle(() => reject(unreached(host))));
      const result = await host.run(argv);
      if (!isLostAfter) return later(backMs + (isSlowThere ? 0 : slowMs), () => settle(() => resolve(result)));
      if (rng.chance(0.5)) later(backMs, () => fail('ambiguous', 'the answer was lost'));
      return undefined;
    };
    if (!isLostBefore) return void scheduler.in(wayMs + (isSlowThere ? slowMs : 0), () => void arrive());
    // Broken at once half of the time, now and then after it was sent; else nobody ever answers.
    if (rng.chance(0.5)) return undefined;
    if (rng.chance(0.3)) scheduler.in(rng.int(1, 6_000), () => void arrive());
    return later(backMs, () => fail('ambiguous', 'the connection broke'));
  });
}
