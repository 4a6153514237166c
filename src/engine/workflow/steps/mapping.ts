/** Steps on the entries of a mask: one volume at one HLU for the mask's initiators. */
import type { MappingObservation, MaskObservation } from '../../driver/contract.ts';
import type { DeviceObject } from '../../model/record.ts';
import { RefusedError } from '../types.ts';
import {
  type CallStep,
  deviceOf,
  type Outcome,
  readOurVolume,
  requireUsable,
  type StepIo,
  type StepOf,
} from './handler.ts';
import { findMask, maskExpectation, requireOurMask } from './mask.ts';

type MappingStep = StepOf<'mapping.ensure' | 'mapping.remove'>;
type Args = MappingStep['args'];

const entryAt = (mask: MaskObservation, hlu: number): MappingObservation | undefined =>
  mask.mappings.find((mapping) => mapping.hlu === hlu);

/** The identity that initiators see must be the volume's; arrays that don't report it can't be held to it. */
const showsIdentity = (entry: MappingObservation, device: DeviceObject): boolean =>
  entry.wwn === undefined || device.wwn === undefined || entry.wwn === device.wwn;

async function ourMask(io: StepIo, args: Args): Promise<MaskObservation> {
  const mask = await findMask(io, args.mask, undefined);
  if (!mask) throw new RefusedError('COPRHD-HELD-001', `the mask of ${args.mask} is missing on ${io.system.name}`);
  requireOurMask(io, args.mask, mask);
  return mask;
}

async function ensure(io: StepIo, args: Args): Promise<Outcome> {
  const mask = await ourMask(io, args);
  const { device, expect, volume } = await readOurVolume(io, args.volume);
  requireUsable(device, volume);
  const maskExpect = maskExpectation(io, args.mask, mask);
  const after = await io.mutate((ctx) => io.array.ensureMapping(ctx, maskExpect, { volume: expect, hlu: args.hlu }));
  const entry = entryAt(after, args.hlu);
  if (entry?.volume !== device.nativeId || !showsIdentity(entry, device)) {
    const got = entry ? `${entry.volume} (WWN ${entry.wwn ?? 'unknown'})` : 'nothing';
    throw new RefusedError('COPRHD-HELD-011', `mask ${mask.name} shows ${got} at HLU ${args.hlu} after mapping`);
  }
  return {};
}

/** Reads the mask again and refuses unless the entry is still the recorded one and nobody uses it as far as required. */
async function remove(io: StepIo, args: Args, evidence: Args['evidence']): Promise<Outcome> {
  const mask = await findMask(io, args.mask, undefined);
  const entry = mask && entryAt(mask, args.hlu);
  if (!mask || !entry) return {};
  requireOurMask(io, args.mask, mask);
  const { device, expect, volume } = await readOurVolume(io, args.volume);
  // Without evidence it is an undo: a mapping of our own that didn't get its identity yet goes too.
  if (entry.volume !== device.nativeId || (evidence && !showsIdentity(entry, device))) {
    throw new RefusedError(
      'COPRHD-HELD-011',
      `mask ${mask.name} maps ${entry.volume} at HLU ${args.hlu}, not ${volume.name}: it is left alone`,
    );
  }
  if (evidence === 'idle') requireIdle(mask, args);
  const maskExpect = maskExpectation(io, args.mask, mask);
  const after = await io.mutate((ctx) => io.array.removeMapping(ctx, maskExpect, { volume: expect, hlu: args.hlu }));
  if (entryAt(after, args.hlu)?.volume === device.nativeId) {
    throw new RefusedError('COPRHD-HELD-011', `mask ${mask.name} still maps ${volume.name} at HLU ${args.hlu}`);
  }
  return {};
}

function requireIdle(mask: MaskObservation, args: Args): void {
  const watched = new Set((args.initiators ?? mask.initiators).map((name) => name.toLowerCase()));
  const users = mask.loggedIn.filter((name) => watched.has(name.toLowerCase()));
  if (users.length === 0) return;
  throw new RefusedError(
    'COPRHD-HELD-005',
    `${users.join(', ')} is logged in to ${mask.name}`,
    'log the host out, or attest with --attest-offline who made sure that it is not in use',
  );
}

export function mappingEnsure(step: MappingStep): CallStep {
  const { args } = step;
  return {
    form: 'call',
    summary: `map volume at HLU ${args.hlu}`,
    mayPreexist: true,
    perform: (io) => ensure(io, args),
    probe: async (io) => {
      const mask = await findMask(io, args.mask, undefined);
      if (!mask) return { verdict: 'not-done' };
      const entry = entryAt(mask, args.hlu);
      if (!entry) return { verdict: 'not-done' };
      const { device } = await deviceOf(io, args.volume);
      if (entry.volume !== device.nativeId) {
        return { verdict: 'foreign', why: `HLU ${args.hlu} of ${mask.name} is taken by ${entry.volume}` };
      }
      return { verdict: showsIdentity(entry, device) ? 'done' : 'partial' };
    },
    undo: (io) => remove(io, args, undefined),
  };
}

export function mappingRemove(step: MappingStep): CallStep {
  const { args } = step;
  return {
    form: 'call',
    summary: `unmap volume at HLU ${args.hlu}`,
    mayPreexist: true,
    perform: async (io) => {
      if (!args.evidence) {
        throw new RefusedError('COPRHD-HELD-005', `nothing says that the host let go of the volume at HLU ${args.hlu}`);
      }
      return remove(io, args, args.evidence);
    },
    probe: async (io) => {
      const mask = await findMask(io, args.mask, undefined);
      const entry = mask && entryAt(mask, args.hlu);
      const { device } = await deviceOf(io, args.volume);
      return { verdict: entry?.volume === device.nativeId ? 'not-done' : 'done' };
    },
    undo: (io) => ensure(io, args),
  };
}
