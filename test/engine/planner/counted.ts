/**
 * Plans over a view that counts, without the time of loading records; and a shortcut to large estates: what a plan would
 * leave is written and shown at once, as if it had been applied.
 */
import type { MaskObservation, VolumeObservation } from '../../../src/engine/driver/contract.ts';
import type { DeviceObject, ResourceRecord } from '../../../src/engine/model/record.ts';
import type { RecordedView } from '../../../src/engine/model/recorded-view.ts';
import type { Urn } from '../../../src/engine/model/urn.ts';
import type { ObservedEstate } from '../../../src/engine/observe/observation.ts';
import { checkSource, type Order, plannerInput } from '../../../src/engine/operations/planning.ts';
import { makePlan } from '../../../src/engine/planner/make-plan.ts';
import type { Plan, Step } from '../../../src/engine/planner/plan.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { encodeObserved, putRecordOps } from '../../../src/engine/state/records.ts';
import { openViewLoader } from '../../../src/engine/state/view.ts';
import type { Estate } from './estate.ts';
import { sourceOf, type Texts } from './texts.ts';

function counting(view: RecordedView, count: (items: number) => void): RecordedView {
  const one =
    <A extends unknown[], R>(read: (...args: A) => R) =>
    (...args: A): R => {
      count(1);
      return read(...args);
    };
  const many =
    <A extends unknown[], R extends readonly unknown[]>(read: (...args: A) => R) =>
    (...args: A): R => {
      const found = read(...args);
      count(1 + found.length);
      return found;
    };
  return {
    revision: view.revision,
    get: one(view.get) as RecordedView['get'],
    byName: one(view.byName) as RecordedView['byName'],
    byAddress: one(view.byAddress) as RecordedView['byAddress'],
    inScope: many(view.inScope) as RecordedView['inScope'],
    inStack: many(view.inStack),
    members: many(view.members),
    all: many(view.all) as RecordedView['all'],
    pool: one(view.pool),
    port: one(view.port),
    systemMetrics: one(view.systemMetrics),
    portMetrics: one(view.portMetrics),
    ledger: one(view.ledger),
  };
}

type Objects = Pick<ReturnType<typeof settledObjects>, 'volumes' | 'masks'>;

/** `reads`: records handed out by the view; `ms`: processor time of the planner alone, all loaded. */
export async function countedPlan(
  estate: Estate,
  texts: Texts,
  seen?: Objects,
): Promise<{ plan: Plan; reads: number; ms: number }> {
  const loader = await openViewLoader(estate.engine.store);
  try {
    const source = sourceOf(texts);
    const { graph, bindings } = await checkSource(loader, source);
    const order: Order = { operation: 'plan', graph, texts: source.texts, options: {} };
    const made = await plannerInput(estate.call(), loader, order, bindings);
    const input = { ...made, observed: seen ? showing(made.observed, seen) : made.observed };
    await loader.run((view) => makePlan({ ...input, view }));
    let best: { plan: Plan; reads: number; ms: number } | undefined;
    for (let run = 0; run < 2; run++) {
      await loader.run((view) => {
        let reads = 0;
        const counted = counting(view, (items) => {
          reads += items;
        });
        const before = process.cpuUsage();
        const { plan, diagnostics } = makePlan({ ...input, view: counted });
        const { user, system } = process.cpuUsage(before);
        const ms = (user + system) / 1000;
        if (!plan) throw new Error(diagnostics[0]?.summary);
        if (!best || ms < best.ms) best = { plan, reads, ms };
      });
    }
    return best!;
  } finally {
    loader.close();
  }
}

/** Everything that the objects are on is array-1's. */
function showing(observed: ObservedEstate, { volumes, masks }: Objects): ObservedEstate {
  return new Map(
    [...observed].map(([name, { driver, observation }]) => [
      name,
      { driver, observation: { ...observation, trust: { level: 'whole', why: '' }, volumes, masks } },
    ]),
  );
}

/** Writes what the plan would leave, and says what the array would then show. */
export async function settle(estate: Estate, plan: Plan): Promise<Objects> {
  const objects = settledObjects(estate, plan);
  const { store } = estate.engine;
  for (const unit of plan.units) {
    for (const { final, attributes } of unit.writes) {
      const device = objects.devices.get(final.urn);
      const record: ResourceRecord = device ? { ...final, status: { ...final.status, device } } : final;
      const { compare, operations } = putRecordOps(record);
      await store.txn({ compare, success: operations });
      if (!attributes) continue;
      const value = encodeObserved(final.kind as 'pool', attributes as never);
      await store.txn({ success: [{ type: 'put', key: keys.observed(final.urn), value }] });
    }
  }
  return objects;
}

function settledObjects(estate: Estate, plan: Plan) {
  const { installationId: installation, epoch } = estate.engine.installation;
  const devices = new Map<Urn, DeviceObject>();
  const volumes = new Map<Urn, VolumeObservation>();
  const masks = new Map<Urn, MaskObservation>();
  const mark = (urn: Urn, nativeIdentity: string) => ({ installation, urn, nativeIdentity, epoch });
  const add = (step: Step): void => {
    const { system } = step;
    if (step.kind === 'volume.create') {
      const { volume, name, pool, poolNativeId, sizeBytes, provisioning, wwn } = step.args;
      const nativeId = `vol-${volumes.size}`;
      devices.set(volume, { system, nativeId, label: name, wwn, pool, provisionedBytes: sizeBytes, origin: 'created' });
      const state = { allocatedBytes: 0, zeroed: true, quarantined: false, mappedBy: [] };
      const shown = { nativeId, name, pool: poolNativeId, sizeBytes, provisioning, wwn, ...state };
      volumes.set(volume, { ...shown, mark: mark(volume, nativeId) });
    }
    if (step.kind === 'mask.ensure') {
      const { mask, name, initiators, ports } = step.args;
      const nativeId = `mask-${masks.size}`;
      devices.set(mask, { system, nativeId, label: name, origin: 'created' });
      masks.set(mask, { nativeId, name, initiators, ports, mappings: [], loggedIn: [], mark: mark(mask, nativeId) });
    }
    if (step.kind === 'mapping.ensure') {
      const mask = masks.get(step.args.mask)!;
      const { nativeId: volume, wwn } = volumes.get(step.args.volume)!;
      (mask.mappings as MaskObservation['mappings'][number][]).push({
        hlu: step.args.hlu,
        volume,
        ...(wwn ? { wwn } : {}),
      });
      (volumes.get(step.args.volume)!.mappedBy as string[]).push(mask.nativeId);
    }
  };
  for (const unit of plan.units) for (const step of unit.steps) add(step);
  return { devices, volumes: [...volumes.values()], masks: [...masks.values()] };
}
