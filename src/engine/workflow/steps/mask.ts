/** Steps on masks: which initiators an array admits for one host. */
import type { Expectation, MaskObservation } from '../../driver/contract.ts';
import type { DeviceObject } from '../../model/record.ts';
import type { Urn } from '../../model/urn.ts';
import { RefusedError } from '../types.ts';
import {
  type CallStep,
  markMismatch,
  markOf,
  type Outcome,
  type StepIo,
  type StepOf,
  type WaitStep,
} from './handler.ts';

type Admitted = { readonly initiators: readonly string[]; readonly ports: readonly string[] };

/** By the recorded native id if there is one, else by its name on the device. */
export async function findMask(io: StepIo, urn: Urn, name: string | undefined): Promise<MaskObservation | undefined> {
  const { device } = (await io.record(urn)).status;
  const known = device && (await io.array.readMask(io.context(), device.nativeId));
  if (known) return known;
  const label = name ?? device?.label;
  return label === undefined ? undefined : io.array.findMask(io.context(), label);
}

export function maskExpectation(io: StepIo, urn: Urn, mask: MaskObservation): Expectation {
  return { nativeId: mask.nativeId, mark: markOf(io, urn) };
}

/** Throws RefusedError when the mask isn't ours. */
export function requireOurMask(io: StepIo, urn: Urn, mask: MaskObservation): void {
  const mismatch = markMismatch(io, urn, mask);
  if (mismatch !== undefined) throw new RefusedError('COPRHD-HELD-011', `mask ${mask.name} is not ours: ${mismatch}`);
}

const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  lower(a).sort().join('\n') === lower(b).sort().join('\n');

/** Arrays that can't mask by port serve more of them. */
function admits(mask: MaskObservation, wanted: Admitted): boolean {
  const ports = new Set(mask.ports);
  return sameNames(mask.initiators, wanted.initiators) && wanted.ports.every((port) => ports.has(port));
}

/** A port that is to go still serves: nothing of that is done, and the undo has it to put back once it is. */
const servesGone = ({ ports }: MaskObservation, wanted: Admitted, before: Admitted | undefined): boolean =>
  before?.ports.some((port) => !wanted.ports.includes(port) && ports.includes(port)) ?? false;

/** Of a mask that is recorded for the first time where it came from. */
export async function learn(
  io: StepIo,
  urn: Urn,
  mask: MaskObservation,
  origin: DeviceObject['origin'] = 'created',
): Promise<Outcome> {
  const known = (await io.record(urn)).status.device;
  const device: DeviceObject = {
    ...(known ?? { origin }),
    system: io.system.urn,
    nativeId: mask.nativeId,
    label: mask.name,
    ...(mask.targetName === undefined ? {} : { targetName: mask.targetName }),
  };
  return { learnt: { urn, device } };
}

async function ensure(io: StepIo, urn: Urn, name: string, admitted: Admitted): Promise<Outcome> {
  const { initiators, ports } = admitted;
  const mask = await io.mutate((ctx) => io.array.ensureMask(ctx, { name, mark: markOf(io, urn), initiators, ports }));
  if (!sameNames(mask.initiators, initiators)) {
    const got = mask.initiators.join(', ') || 'nobody';
    throw new RefusedError('COPRHD-HELD-011', `mask ${name} admits ${got} instead of what was asked for`);
  }
  return learn(io, urn, mask);
}

async function remove(io: StepIo, urn: Urn, mask: MaskObservation): Promise<Outcome> {
  requireOurMask(io, urn, mask);
  if (mask.mappings.length > 0) {
    const volumes = mask.mappings.map((mapping) => mapping.volume).join(', ');
    throw new RefusedError('COPRHD-HELD-004', `mask ${mask.name} still maps ${volumes}`);
  }
  await io.mutate((ctx) => io.array.deleteMask(ctx, maskExpectation(io, urn, mask)));
  return {};
}

/** Who is taken out must not be using it, unless somebody vouched for that. */
function requireLoggedOut(mask: MaskObservation, admitted: readonly string[]): void {
  const kept = new Set(lower(admitted));
  const losing = lower(mask.initiators).filter((name) => !kept.has(name));
  const busy = lower(mask.loggedIn).filter((name) => losing.includes(name));
  if (busy.length === 0) return;
  throw new RefusedError('COPRHD-HELD-005', `${busy.join(', ')} would lose access to ${mask.name} while logged in`);
}

export function maskEnsure({ args }: StepOf<'mask.ensure'>): CallStep {
  return {
    form: 'call',
    summary: `admit ${args.initiators.join(', ') || 'nobody'} to ${args.name}`,
    mayPreexist: true,
    perform: async (io) => {
      const mask = await findMask(io, args.mask, args.name);
      // Without a mark it may be our own half-made one: the driver decides by what it knows of its device.
      if (mask?.mark) requireOurMask(io, args.mask, mask);
      if (mask && args.evidence !== 'attested') requireLoggedOut(mask, args.initiators);
      return ensure(io, args.mask, args.name, args);
    },
    probe: async (io) => {
      const mask = await findMask(io, args.mask, args.name);
      if (!mask) return { verdict: 'not-done' };
      const mismatch = markMismatch(io, args.mask, mask);
      if (mismatch !== undefined && mask.mark) return { verdict: 'foreign', why: `mask ${mask.name}: ${mismatch}` };
      if (mismatch === undefined && admits(mask, args) && !servesGone(mask, args, args.before)) {
        return { verdict: 'done', ...(await learn(io, args.mask, mask)) };
      }
      return { verdict: args.before && admits(mask, args.before) ? 'not-done' : 'partial' };
    },
    undo: async (io) => {
      if (args.before) return ensure(io, args.mask, args.name, args.before);
      const mask = await findMask(io, args.mask, args.name);
      // Half-made: finished first, because only what carries our mark may be deleted.
      if (mask && markMismatch(io, args.mask, mask) !== undefined && !mask.mark) {
        await ensure(io, args.mask, args.name, args);
      }
      const ours = await findMask(io, args.mask, args.name);
      return ours ? remove(io, args.mask, ours) : {};
    },
  };
}

export function maskDelete({ args }: StepOf<'mask.delete'>): CallStep {
  return {
    form: 'call',
    summary: `remove mask ${args.name}`,
    mayPreexist: true,
    perform: async (io) => {
      const mask = await findMask(io, args.mask, args.name);
      return mask ? remove(io, args.mask, mask) : {};
    },
    probe: async (io) => {
      const mask = await findMask(io, args.mask, args.name);
      if (!mask) return { verdict: 'done' };
      const mismatch = markMismatch(io, args.mask, mask);
      return mismatch === undefined
        ? { verdict: 'not-done', ...(await learn(io, args.mask, mask)) }
        : { verdict: 'foreign', why: `mask ${mask.name}: ${mismatch}` };
    },
    undo: (io) => ensure(io, args.mask, args.name, args),
  };
}

/** Until none of the initiators is logged in through the mask. One that isn't there any more has nobody logged in. */
export function maskAwaitIdle({ args }: StepOf<'mask.await-idle'>): WaitStep {
  return {
    form: 'wait',
    summary: `wait until nobody is logged in to mask ${args.name}`,
    patienceMs: args.patienceMs,
    look: async (io) => {
      const mask = await findMask(io, args.mask, args.name);
      const names = new Set(lower(args.initiators));
      const loggedIn = (mask?.loggedIn ?? []).filter((name) => names.has(name.toLowerCase()));
      return { left: loggedIn.length, why: `${loggedIn.join(', ')} is logged in` };
    },
  };
}
