/**
 * Three arrays and two fabrics whose endpoints a file names, planned by the real planner on the arrays and hosts that `sim up`
 * makes: virtual arrays that name no storage systems have those whose ports are in their networks. The plan, what is found and
 * what is refused as recorded. UPDATE_GOLDEN=1 rewrites the files under test/golden/declared-endpoints.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generateSan } from '../../drivers/simulator/san/topology.ts';
import { generateTopology, generatorSchema } from '../../drivers/simulator/topology.ts';
import { auditView } from '../../src/views/audit.ts';
import { diagnosticsLines } from '../../src/views/diagnostics.ts';
import { planLines } from '../../src/views/plan.ts';
import { whyNotView } from '../../src/views/why-not.ts';
import { createEstate, lines } from '../engine/planner/estate.ts';
import { sourceOf } from '../engine/planner/texts.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const read = (name: string) => readFileSync(here(`declared-endpoints/${name}`), 'utf8');
const style = { width: 100, color: false, nowMs: 0 };

const SIMULATED = generateTopology(generatorSchema.parse({ arrays: 3 }));
const TEXTS = {
  'infrastructure.yaml': read('infrastructure.yaml').replace(/default: \S+coprhd-sim,/, 'default: /arrays,'),
  'stack.yaml': read('stack.yaml'),
};

function expectGolden(name: string, text: readonly string[]): void {
  const file = here(`declared-endpoints/${name}.txt`);
  const all = `${text.join('\n')}\n`;
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, all);
  expect(all).toBe(readFileSync(file, 'utf8'));
}

const newEstate = () => createEstate({ seed: 42, arrays: SIMULATED });

describe('two fabrics with declared endpoints', () => {
  it('names the ports that `sim up` makes, each in its fabric', () => {
    const san = generateSan({ fabrics: 2, hosts: 3, zones: 0, seed: 1 }, SIMULATED);
    const ofHosts = (san.hosts ?? []).flatMap(({ hbas = [] }) => hbas);
    const known = [...ofHosts, ...(san.arrayPorts ?? [])] as { wwpn?: string; to: { fabric?: string } }[];
    const fabrics = TEXTS['infrastructure.yaml'].split(/^ {2}(?=fabric-)/m).slice(1);
    const named = fabrics.flatMap((text) =>
      [...text.matchAll(/^ {6}- (\S+) #/gm)].map(([, wwpn]) => `${wwpn} ${text.slice(0, 8)}`),
    );
    expect(named).toHaveLength(10);
    expect(named.filter((each) => !known.some(({ wwpn, to }) => each === `${wwpn} ${to.fabric}`))).toEqual([]);
  });

  it('plans as recorded, is on the arrays that are in its fabrics, and plans to nothing then', async () => {
    const estate = await newEstate();
    const plan = await estate.planned(TEXTS);
    expectGolden('plan', planLines(plan, { ...style, nowMs: plan.createdAtMs }, { detail: 'changes' }));
    await estate.applied(TEXTS);
    const systems = new Map((await estate.records('storageSystem')).map(({ record }) => [record.urn, record.name]));
    const on = (await estate.records('volume')).map(
      ({ record }) => `${record.name.split('-')[0]} ${systems.get(record.status.device!.system)}`,
    );
    expect([...new Set(on)].sort()).toEqual(['data array-1', 'data array-2', 'keys array-1']);
    expect(lines(await estate.planned(TEXTS))).toEqual([]);
    expectGolden('audit', auditView('full').human(await estate.run('audit', { refresh: 'full' }), style));
    const whyNot = await estate.run('why-not', { address: 'erp/volume.data-1', pool: 'array-3/fast' });
    expectGolden('why-not', whyNotView.human(whyNot, style));
  });

  it('is refused where a port is in both fabrics', async () => {
    const infra = TEXTS['infrastructure.yaml'];
    const twice = infra.replace('      - 50:00:b7:99', '      - 50:00:23:ae:8e:4c:df:b0\n      - 50:00:b7:99');
    const elsewhere = infra.replace(
      'wwpn: 10:00:a1:92:62:84:30:83, network: fabric-a',
      'wwpn: 10:00:a1:92:62:84:30:83, network: fabric-b',
    );
    const estate = await newEstate();
    const refused = await Promise.all(
      [twice, elsewhere].map(
        async (text) => (await estate.plan({ ...TEXTS, 'infrastructure.yaml': text })).diagnostics,
      ),
    );
    expectGolden('refused', diagnosticsLines(refused.flat(), style));
  });
});
