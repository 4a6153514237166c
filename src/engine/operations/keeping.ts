/**
 * Keeping what was seen of devices, for plans that shall not look themselves (`--refresh`). Apply and discover do; plan,
 * validate and drift write nothing. What can't be kept is looked at again next time: nothing fails for it.
 */
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type DeviceKind, type DeviceRecord, isDeviceKind } from '../model/device-kinds.ts';
import { isLive } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Plan } from '../planner/plan.ts';
import { keepObservation } from '../state/observations.ts';
import { type StateStore, StoreError } from '../state/store.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { accountsOfPlan, sampleAccounts, samplePools } from './capacity-sampling.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { isInterruption } from './interrupting.ts';
import { deviceHash, type Look, type NetworkLook, observeSystems, readerHash } from './observing.ts';
import { fabricSections, observeNetworks } from './observing-networks.ts';

/** Only what was read whole: of anything less nobody could tell later what was missing. */
export async function keepLook(call: Call, look: Look): Promise<void> {
  if ('network' in look) return keepNetwork(call, look);
  const { engine } = call;
  const { system, spec, before, observation } = look;
  const { observedAtMs, identity, trust, pools, ports, volumes, masks } = observation;
  if (trust.level !== 'whole') return;
  const current = observation.current && { ...observation.current, reader: readerHash(spec) };
  const seen = { observedAtMs, identity, sections: { pools, ports, volumes, masks }, current };
  await keepObservation(engine, { system, device: deviceHash(spec), before, seen });
  await samplePools(engine, look);
}

async function keepNetwork({ engine }: Call, { system, spec, before, network }: NetworkLook): Promise<void> {
  const { observedAtMs, identity, trust, fabrics } = network;
  if (trust.level !== 'whole') return;
  const seen = { observedAtMs, identity, sections: fabricSections(fabrics) };
  await keepObservation(engine, { system, device: deviceHash(spec), before, seen });
}

/**
 * After an apply: what was seen for its plan is kept of systems that it left alone; those that it worked on are looked at
 * once more. The apply has ended before, so that whatever fails here is only said.
 */
export async function keepAfterApply(
  call: Call,
  plan: Plan,
  ran: boolean,
  looks: readonly Look[],
): Promise<readonly Diagnostic[]> {
  const changed = ran ? changedSystems(plan) : new Set<Urn>();
  return sayingWhy(call, async () => {
    for (const look of looks) if (!changed.has(look.system)) await keepLook(call, look);
    if (changed.size > 0 && !call.ctx.signal.aborted) await lookAgain(call, changed);
    if (ran) await sampleAccounts(call.engine, () => accountsOfPlan(plan));
  });
}

interface Mark {
  readonly sinceMs: number;
}
const marks = new WeakMap<StateStore, Map<Urn, Mark>>();

/**
 * The same for a process that changes much, one thing after the other: systems are looked at once nothing more was changed on
 * them for a while, by who changed them last, and now and then also while more is.
 */
export async function keepWhenQuiet(call: Call, plan: Plan): Promise<void> {
  const { engine, ctx } = call;
  const waiting = marks.get(engine.store) ?? new Map<Urn, Mark>();
  marks.set(engine.store, waiting);
  const mine = new Map<Urn, Mark>();
  for (const urn of changedSystems(plan)) {
    const mark = { sinceMs: waiting.get(urn)?.sinceMs ?? engine.clock.nowMs() };
    waiting.set(urn, mark);
    mine.set(urn, mark);
  }
  await sayingWhy(call, async () => {
    await engine.clock.sleep(LIMITS.lookAgainAfterMs, ctx.signal);
    const isDue = ([urn, mark]: [Urn, Mark]): boolean => {
      const last = waiting.get(urn);
      return last === mark || (last !== undefined && engine.clock.nowMs() - last.sinceMs >= LIMITS.lookAgainWithinMs);
    };
    const due = [...mine].filter(isDue).map(([urn]) => urn);
    for (const urn of due) waiting.delete(urn);
    if (due.length === 0) return;
    await lookAgain(call, new Set(due));
    await sampleAccounts(call.engine, () => accountsOfPlan(plan));
  });
}

async function sayingWhy(call: Call, keep: () => Promise<void>): Promise<readonly Diagnostic[]> {
  try {
    await keep();
    return [];
  } catch (error) {
    if (isInterruption(error, call.ctx.signal)) return [];
    if (!(error instanceof OperationError || error instanceof StoreError)) throw error;
    return [
      {
        code: 'COPRHD-DEVICE-009',
        severity: 'warning',
        summary: `what the devices show after the apply could not be kept: ${error.message}`,
        fix: 'coprhd discover',
      },
    ];
  }
}

function changedSystems(plan: Plan): Set<Urn> {
  const changed = new Set<Urn>();
  for (const { steps, writes } of plan.units) {
    for (const { system } of steps) changed.add(system);
    for (const { final } of writes) if (isDeviceKind(final.kind)) changed.add(final.urn);
  }
  return changed;
}

async function lookAgain(call: Call, urns: ReadonlySet<Urn>): Promise<void> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { result: systems } = await withView(loader, (view) =>
      [...urns].flatMap((urn): DeviceRecord[] => {
        const record = view.get<DeviceKind>(urn)?.record;
        return record && isLive(record) ? [record] : [];
      }),
    );
    const looks: Look[] = [];
    const asked = (of: DeviceKind) =>
      systems.filter(({ kind }) => kind === of).map((system) => ({ spec: deviceSpec(system), urn: system.urn }));
    await observeSystems(call, loader, asked('storageSystem'), { looks, changes: true });
    await observeNetworks(call, loader, asked('networkSystem'), { looks });
    for (const look of looks) await keepLook(call, look);
  } finally {
    loader.close();
  }
}
