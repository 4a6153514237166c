/** How far continuous copies are in sync right now: their storage systems are asked, and nothing is written. */
import { atMost } from '../../lib/at-most.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import { isFollowing } from '../model/following.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { addressOf } from '../observe/addresses.ts';
import { withView } from '../state/view.ts';
import { failureOf } from '../workflow/step-common.ts';
import { resourceList } from './by-name.ts';
import { callContext } from './call-context.ts';
import type { MirrorSeen } from './copy-types.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import type { InputOf, ResultOf } from './types.ts';

type Volume = ResourceRecord<'volume'>;
type System = ResourceRecord<'storageSystem'>;

export async function copyList(call: Call, { project, tenant }: InputOf<'copy.list'>): Promise<ResultOf<'copy.list'>> {
  const listed = await resourceList(call, { kind: 'volume', project, tenant });
  const copies = listed.resources.filter(({ of }) => of !== undefined);
  const urns = copies.filter(({ continuous, detached }) => continuous && !detached).map(({ urn }) => urn);
  if (urns.length === 0) return { ...listed, resources: copies };
  const { mirrors, diagnostics } = await copyStates(call, { urns });
  const seen = new Map(
    mirrors.map(({ urn, state, percent }) => [urn, { state, ...(percent === undefined ? {} : { percent }) }]),
  );
  const resources = copies.map((copy) => {
    const mirror = seen.get(copy.urn);
    return mirror ? { ...copy, mirror } : copy;
  });
  return { ...listed, diagnostics: [...listed.diagnostics, ...diagnostics], resources };
}

interface OnSystem {
  readonly system: System;
  readonly volumes: readonly Volume[];
}

export async function copyStates(call: Call, { urns }: InputOf<'copy.states'>): Promise<ResultOf<'copy.states'>> {
  const { result } = await withView(call.engine.store, (view) => {
    const wanted =
      urns?.map((urn) => view.get<'volume'>(urn as Volume['urn'])?.record) ??
      view.all('volume').map(({ record }) => record);
    const bySystem = new Map<string, { system: System; volumes: Volume[] }>();
    for (const record of wanted) {
      const device = record && isLive(record) && isFollowing(record) ? record.status.device : undefined;
      const system = device && view.get<'storageSystem'>(device.system)?.record;
      if (!system) continue;
      const there = bySystem.get(system.urn) ?? { system, volumes: [] };
      there.volumes.push(record!);
      bySystem.set(system.urn, there);
    }
    return [...bySystem.values()];
  });
  const seen = await atMost(LIMITS.devicesSampledMax, result, (each) => askSystem(call, each));
  const mirrors = seen.flatMap((each) => each.mirrors);
  return { outcome: 'ok', diagnostics: seen.flatMap(({ diagnostic }) => diagnostic ?? []), mirrors };
}

async function askSystem(
  call: Call,
  { system, volumes }: OnSystem,
): Promise<{ readonly mirrors: readonly MirrorSeen[]; readonly diagnostic?: Diagnostic }> {
  const { engine, ctx } = call;
  try {
    const { array } = await engine.devices.connect(deviceSpec(system));
    const context = () => callContext(engine.clock, ctx.signal, LIMITS.deviceCallDeadlineMs);
    const { serialNumber } = await array.identify(context());
    const recorded = system.status.identity?.serialNumber;
    if (recorded !== undefined && recorded !== serialNumber) {
      throw new DriverError({ class: 'conflict', message: `it is ${serialNumber}, recorded is ${recorded}` });
    }
    const mirrors = await atMost(LIMITS.readsMax, volumes, async (record): Promise<MirrorSeen> => {
      const volume = await array.readVolume(context(), record.status.device!.nativeId);
      const { mirror } = volume ?? {};
      const known = { urn: record.urn, address: addressOf(record) };
      if (!volume) return { ...known, state: 'missing' };
      return mirror ? { ...known, state: mirror.state, percent: mirror.percent } : { ...known, state: 'split' };
    });
    return { mirrors };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof DriverError)) throw error;
    const { code, message, hint } = failureOf(error);
    return {
      mirrors: volumes.map((record) => ({ urn: record.urn, address: addressOf(record), state: 'unknown' })),
      diagnostic: {
        code,
        severity: 'warning',
        summary: `storage system ${system.name} does not say how far its continuous copies are: ${message}`,
        fix: hint ?? `coprhd drift --system ${system.name}`,
      },
    };
  }
}
