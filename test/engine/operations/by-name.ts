/** What tests of resources by name share: an estate, and changes planned and applied at once. */
import { expect } from 'vitest';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import { createEstate, type Estate, type lines } from '../planner/estate.ts';
import { infrastructure } from '../planner/texts.ts';

export const VOLUME = { size: '10GiB', virtualPool: 'gold', virtualArray: 'dc1', protect: false, onRemove: 'delete' };

export async function estateWith(...texts: string[]): Promise<Estate> {
  const estate = await createEstate();
  await estate.applied([infrastructure(), ...texts]);
  return estate;
}

export const plan = (estate: Estate, input: InputOf<'resource.create'>) => estate.run('resource.create', input);

export async function done(estate: Estate, planned: { plan?: unknown; diagnostics: readonly { summary: string }[] }) {
  if (!planned.plan) throw new Error(planned.diagnostics.map(({ summary }) => summary).join('; '));
  const made = planned.plan as Parameters<typeof lines>[0];
  const confirmDestroy = made.removals.volumes;
  const result = await estate.run('apply', { plan: made, skipHeld: false, claimWaitMs: 0, confirmDestroy });
  // That a LUN number is taken again is said whenever it is.
  expect(result.diagnostics.filter(({ code }) => code !== 'COPRHD-PATH-004')).toEqual([]);
  expect(result.outcome).toBe('ok');
  return result;
}

export const create = async (estate: Estate, input: InputOf<'resource.create'>) =>
  done(estate, await plan(estate, input));
export const remove = async (estate: Estate, addresses: string[], forget?: boolean) =>
  done(estate, await estate.run('resource.remove', { addresses, ...(forget === undefined ? {} : { forget }) }));
export const change = (estate: Estate, address: string, patch: Omit<InputOf<'resource.change'>, 'addresses'>) =>
  estate.run('resource.change', { addresses: [address], ...patch });
export const poorest = { type: 'block', protocols: ['iscsi'], virtualArrays: ['dc1'] };
export const volumes = (...names: string[]) => Object.fromEntries(names.map((name) => [name, VOLUME]));
