/** What is asked about connections names hosts and volumes of all tenants: nobody of a tenant is answered. */
import { expect, it } from 'vitest';
import { ROOT_TENANT_URN } from '../../../src/engine/model/urn.ts';
import { askBounded } from '../../../src/engine/operations/bounded.ts';
import type { InputOf, OperationName } from '../../../src/engine/operations/types.ts';
import { createEstate } from '../planner/estate.ts';

const QUESTIONS = {
  topo: { host: 'h1' },
  'path.list': {},
  'access.report': {},
  explain: { address: 'web/export.e' },
} satisfies { [N in OperationName]?: InputOf<N> };

it.each(Object.keys(QUESTIONS) as (keyof typeof QUESTIONS)[])(
  '%s is refused before anything is asked',
  async (name) => {
    const { engine } = await createEstate();
    const asked: string[] = [];
    const bounds = { user: 'tina', groups: [], tenant: ROOT_TENANT_URN, roles: ['TENANT_ADMIN'] as const };
    const ask = async (called: string): Promise<never> => {
      asked.push(called);
      throw new Error('asked');
    };
    await expect(askBounded(engine, bounds, { name, input: QUESTIONS[name] as never, ask })).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-ACCESS-001' }],
    });
    expect(asked).toEqual([]);
  },
);
