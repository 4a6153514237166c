/** What is on storage systems and not recorded here, for people and for scripts. */
import { expect, it } from 'vitest';
import { makeUrn } from '../../src/engine/model/urn.ts';
import type { ResultOf } from '../../src/engine/operations/types.ts';
import { foreignView } from '../../src/views/foreign.ts';

const system = makeUrn('storageSystem', '00000000-0000-4000-8000-00000000000a');
const of = { system, systemName: 'pmx-71' };
const FOUND: ResultOf<'foreign.list'> = {
  outcome: 'ok',
  diagnostics: [],
  volumes: [
    {
      ...{ ...of, nativeId: '0A1F', name: 'erp_1', wwn: '6'.repeat(32), sizeBytes: 1024 ** 3, allocatedBytes: 0 },
      ...{ provisioning: 'thin', poolName: 'fast', masks: ['m1', 'm2'] },
    },
    {
      ...{ ...of, nativeId: '0A20', name: 'erp_2', sizeBytes: 2 * 1024 ** 3, allocatedBytes: 0, provisioning: 'thick' },
      ...{ masks: [], why: 'it carries the mark of another installation (x)' },
    },
  ],
  masks: [{ ...of, nativeId: 'm1', name: 'db-1', initiators: [], ports: [], mappings: [], ours: false }],
  unseen: ['new-1'],
};

it('is a table with who shows each and what stands against it, and what was never looked at is said', () => {
  const lines = foreignView.human(FOUND, { width: 160, color: false, nowMs: 0 });
  expect(lines[0]).toMatch(/^SYSTEM +ID +NAME +SIZE +PROVISIONING +POOL +SHOWN BY +WHY NOT$/);
  expect(lines[1]).toMatch(/^pmx-71 +0A1F +erp_1 +1 GiB +thin +fast +db-1, m2$/);
  expect(lines[2]).toMatch(/^pmx-71 +0A20 +erp_2 +2 GiB +thick +it carries the mark of another installation \(x\)$/);
  expect(lines.slice(3)).toEqual([
    '',
    '2 volumes are not recorded here.',
    'new-1 has not been seen yet: coprhd discover new-1',
  ]);
  const nothing = { ...FOUND, volumes: [], unseen: [] };
  expect(foreignView.human(nothing, { width: 80, color: false, nowMs: 0 })).toEqual([
    '0 volumes are not recorded here.',
  ]);
});

it('has a row each for scripts', () => {
  expect(foreignView.plain(FOUND)).toEqual([
    ['foreign', 'pmx-71', '0A1F', 'erp_1', '6'.repeat(32), 1024 ** 3, 'thin', 'fast', 'db-1,m2', undefined],
    ['foreign', 'pmx-71', '0A20', 'erp_2', undefined, 2 * 1024 ** 3, 'thick', undefined, '', FOUND.volumes[1]!.why],
    ['unseen', 'new-1'],
  ]);
});
