/**
 * The step on a fabric: a delta of our own zones, activated. The undo is the inverse delta: what others did meanwhile stays.
 * Before the call it is looked at once more what others have saved and not enabled: only what was reviewed may go into
 * effect along with ours.
 */
import { LIMITS } from '../../../lib/limits.ts';
import { DriverError } from '../../driver/errors.ts';
import {
  type NetworkSystem,
  ZONES_PER_READ_MAX,
  type ZoneObservation,
  type ZoningObservation,
} from '../../driver/network-contract.ts';
import { inverseDelta } from '../../zoning/delta.ts';
import { sameEdit } from '../../zoning/pending.ts';
import { isDone } from '../../zoning/probe.ts';
import type { DeltaOfZones } from '../../zoning/types.ts';
import { RefusedError } from '../types.ts';
import type { CallStep, FabricIo, Outcome, StepIo, StepOf, Verdict } from './handler.ts';
import { pendingNow } from './pending-edits.ts';

type Args = StepOf<'zones.apply'>['args'];

const zoneNames = ({ add, change, remove }: DeltaOfZones): string[] =>
  [...add, ...change, ...remove].map(({ name }) => name);

/** What others have saved and nobody has reviewed, as it is now, must not go into effect. True: there is something, reviewed. */
async function requireReviewed(
  io: StepIo,
  network: NetworkSystem,
  args: Args,
  delta: DeltaOfZones,
  zoning: ZoningObservation,
): Promise<boolean> {
  const others = await pendingNow(io, { ...args, network }, zoning, new Set(zoneNames(delta)));
  const unseen = others.filter((pending) => !args.reviewed.some((known) => sameEdit(known, pending)));
  if (unseen.length === 0 && zoning.pendingCount === zoning.pending.length) return others.length > 0;
  const names = unseen.slice(0, 5).map(({ name, change }) => `${name} (${change})`);
  throw new RefusedError(
    'COPRHD-ZONE-002',
    `edits of zones were saved and not enabled, and would go into effect: ${names.join(', ')}${Math.max(unseen.length, zoning.pendingCount) > names.length ? ' and more' : ''}`,
    'let whoever saved them activate or take them back; or plan again and review them with --activate-pending',
  );
}

async function apply(io: StepIo, args: Args, delta: DeltaOfZones): Promise<Outcome> {
  const fabric = io.fabric(args.network);
  await fabric.requireInScope();
  const alike = JSON.stringify([args.fabric, args.configuration, args.reviewed]);
  await fabric.together(delta, alike, (all) => applyNow(io, fabric, args, all));
  return {};
}

/** On what is there now: other processes, and people, may have changed other zones a moment ago. */
async function applyNow(io: StepIo, { network, owner }: FabricIo, args: Args, asked: DeltaOfZones): Promise<void> {
  const { fabric, configuration } = args;
  let delta = asked;
  for (let look = 1; ; look++) {
    const { fingerprint, ...zoning } = await network.readZoning(io.context(), fabric);
    const activatePending = await requireReviewed(io, network, args, delta, { fingerprint, ...zoning });
    const whole = { ...delta, fabric, base: fingerprint, owner, configuration, activate: true, activatePending };
    try {
      await io.mutate((ctx) => network.applyZoneDelta(ctx, whole));
      return;
    } catch (error) {
      if (!(error instanceof DriverError) || error.class !== 'conflict' || look >= LIMITS.fabricLooksMax) throw error;
      const now = await network.readZoning(io.context(), fabric);
      if (now.fingerprint !== fingerprint) continue;
      // Another mask's zone may name an alias of ours by now. One that is left over opens nothing.
      if (delta.removeAliases.length === 0) throw error;
      delta = { ...delta, removeAliases: [] };
    }
  }
}

async function probe(io: StepIo, { network, fabric, delta }: Args): Promise<Verdict> {
  const names = zoneNames(delta);
  const zones: ZoneObservation[] = [];
  for (let at = 0; at < names.length; at += ZONES_PER_READ_MAX) {
    const some = names.slice(at, at + ZONES_PER_READ_MAX);
    zones.push(...(await io.fabric(network).network.readZones(io.context(), fabric, some)));
  }
  const found = isDone(delta, zones);
  return typeof found === 'string' ? { verdict: found } : { verdict: 'foreign', why: found.foreign };
}

export function zonesApply({ args }: StepOf<'zones.apply'>): CallStep {
  const { add, change, remove } = args.delta;
  const counts = [`+${add.length}`, `~${change.length}`, `-${remove.length}`].filter((text) => text.slice(1) !== '0');
  const isOne = add.length + change.length + remove.length === 1;
  return {
    form: 'call',
    summary: `activate ${args.configuration} with ${counts.join(' ')} ${isOne ? 'zone' : 'zones'}`,
    mayPreexist: true,
    perform: (io) => apply(io, args, args.delta),
    probe: (io) => probe(io, args),
    undo: (io) => apply(io, args, inverseDelta(args.delta)),
  };
}
