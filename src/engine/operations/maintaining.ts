/** `device maintenance`: nothing new is begun on a device from now on, until it is ended or its time has come. */
import type { DeviceKind } from '../model/device-kinds.ts';
import { maintenanceOf } from '../model/maintenance.ts';
import type { VersionedRecord } from '../model/record.ts';
import type { Maintenance } from '../model/specs.ts';
import { readOpenWorkflows } from '../workflow/open-workflows.ts';
import { audit } from './auditing.ts';
import type { Call } from './engine.ts';
import { readDevice, refuseClaimed, rewrite } from './recorded.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

type Recorded = VersionedRecord<DeviceKind>;
type Result = ResultOf<'device.maintenance'>;

export async function deviceMaintenance(call: Call, input: InputOf<'device.maintenance'>): Promise<Result> {
  const recorded = await readDevice(call, input.name);
  const now = maintenanceOf(recorded.record, call.engine.clock.nowMs());
  const isLeft = now && input.on && input.forMs === undefined && input.why === undefined;
  if (isLeft || (!now && !input.on)) return resultOf(call, recorded.record, false);
  refuseClaimed(recorded);
  const { record } = recorded;
  const { maintenance: _before, ...spec } = record.spec;
  const begun = input.on ? begin(call, input, now) : undefined;
  const next = { ...record, spec: { ...spec, ...(begun ? { maintenance: begun } : {}) } } as Recorded['record'];
  const event = `device.maintenance.${begun ? 'start' : 'end'}`;
  const { untilMs, why } = begun ?? {};
  await audit(call, event, { system: record.urn, name: record.name, untilMs, why });
  await rewrite(call, recorded, next);
  return resultOf(call, next, true);
}

/** Told again, it gets another end or reason; who began it stays. */
function begin({ engine, ctx }: Call, input: InputOf<'device.maintenance'>, now: Maintenance | undefined): Maintenance {
  const nowMs = engine.clock.nowMs();
  const { forMs, why } = input;
  return {
    ...(now ?? { by: ctx.actor.name, sinceMs: nowMs }),
    ...(forMs === undefined ? {} : { untilMs: nowMs + forMs }),
    ...(why === undefined ? {} : { why }),
  };
}

async function resultOf(call: Call, record: Recorded['record'], changed: boolean): Promise<Result> {
  const maintenance = maintenanceOf(record, call.engine.clock.nowMs());
  const open = await readOpenWorkflows(readerOf(call));
  const here = open.filter(({ plan }) =>
    plan.units.some(({ steps }) => steps.some(({ system }) => system === record.urn)),
  );
  const idsOf = (isAlive: boolean) =>
    here.filter(({ owner }) => (owner.state === 'alive') === isAlive).map(({ workflow }) => workflow.id);
  return {
    outcome: 'ok',
    diagnostics: [],
    name: record.name,
    changed,
    ...(maintenance ? { maintenance } : {}),
    running: idsOf(true),
    waiting: idsOf(false),
  };
}
