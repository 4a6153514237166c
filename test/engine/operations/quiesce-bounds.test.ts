/** What is run on hosts is said by administrators of the installation: a tenant's own makes and changes hosts without it. */
import { expect, it } from 'vitest';
import { ROOT_TENANT_URN } from '../../../src/engine/model/urn.ts';
import { askBounded } from '../../../src/engine/operations/bounded.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import { createEstate } from '../planner/estate.ts';
import { infrastructure } from '../planner/texts.ts';

type Changing = 'resource.create' | 'resource.change';

async function asked<N extends Changing>(name: N, inputOf: (host: string) => InputOf<N>): Promise<'asked' | string> {
  const estate = await createEstate();
  await estate.applied(infrastructure());
  const bounds = { user: 'tina', groups: [], tenant: ROOT_TENANT_URN, roles: ['TENANT_ADMIN'] as const };
  const input = inputOf((await estate.record('host', 'h1')).record.urn);
  let isAsked = false;
  const ask = async (): Promise<never> => {
    isAsked = true;
    throw new Error('asked');
  };
  const error = await askBounded(estate.engine, bounds, { name, input: input as never, ask }).catch(
    (thrown: unknown) => thrown as { diagnostics?: { code: string; summary: string }[] },
  );
  if (isAsked) return 'asked';
  const [problem] = (error as { diagnostics: { code: string; summary: string }[] }).diagnostics;
  return `${problem!.code} ${problem!.summary}`;
}

const host = { type: 'linux', tenant: 'root' };
const quiesce = { endpoint: 'ssh://root@10.0.0.9', freeze: ['/bin/sh'], thaw: ['/bin/sh'] };

it('a host without hooks is made, one with hooks is not', async () => {
  expect(await asked('resource.create', () => ({ kind: 'host', resources: { h8: host } }))).toBe('asked');
  expect(await asked('resource.create', () => ({ kind: 'host', resources: { h8: { ...host, quiesce } } }))).toMatch(
    /^COPRHD-ACCESS-001 only administrators of the installation/,
  );
});

it.each([
  { set: { quiesce } },
  { set: { 'quiesce.endpoint': 'ssh://root@10.0.0.9' } },
  { add: { 'quiesce.freeze': ['/bin/sh'] } },
  { remove: { 'quiesce.thaw': ['/bin/true'] } },
])('hooks are not changed by %j', async (patch) => {
  expect(await asked('resource.change', (urn) => ({ addresses: [urn], set: { type: 'other' } }))).toBe('asked');
  expect(await asked('resource.change', (urn) => ({ addresses: [urn], ...patch }))).toMatch(
    /may not change the quiesce$/,
  );
});
