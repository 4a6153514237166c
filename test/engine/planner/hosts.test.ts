import { describe, expect, it } from 'vitest';
import { codes, createEstate, type Estate, lines, stepsOf } from './estate.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const STACK = stack({
  volumes: { a: null, b: null },
  exports: { e: 'host: h1, volumes: [a]', c: 'cluster: c1, volumes: [b]' },
});
const hosts = (h1: readonly string[], h3: readonly string[] = ['h3']) =>
  infrastructure({ hosts: { h1, h2: ['h2'], h3 } });

async function exported(): Promise<Estate> {
  const estate = await createEstate();
  await estate.applied([hosts(['h1', 'old']), STACK]);
  return estate;
}
async function admitted(estate: Estate): Promise<string[]> {
  expect((await estate.run('drift', {})).items).toEqual([]);
  const answer = estate.array().handle({ operation: 'listMasks', args: {}, nowMs: 0 });
  if (!answer.ok) throw new Error('no masks');
  return answer.value.items
    .flatMap(({ name, initiators }) => initiators.map((i) => `${name.slice(0, 2)} ${i.split(':')[1]}`))
    .sort();
}

describe('the initiators of a host', () => {
  it('are admitted and put out with its exports in the plan', async () => {
    const estate = await exported();
    const plan = [hosts(['h1', 'new']), STACK];
    await estate.applied(plan);
    expect(await admitted(estate)).toEqual(['h1 h1', 'h1 new', 'h2 h2']);
    expect(lines(await estate.planned(plan))).toEqual([]);
  });

  it('are admitted and put out although its exports are not in the plan', async () => {
    const estate = await exported();
    const plan = await estate.planned(hosts(['h1', 'new']));
    expect(lines(plan)).toEqual(['update infrastructure/host.h1']);
    expect(stepsOf(plan, 'infrastructure/host.h1')).toEqual(['mask.ensure']);
    expect(plan.changes[0]?.children.map(({ kind, action }) => `${action} ${kind}`)).toEqual([
      'create initiator',
      'delete initiator',
      'update exportMask',
    ]);
    await estate.applied(hosts(['h1', 'new']));
    expect(await admitted(estate)).toEqual(['h1 h1', 'h1 new', 'h2 h2']);
    expect(lines(await estate.planned(hosts(['h1', 'new'])))).toEqual([]);
    expect(lines(await estate.planned([hosts(['h1', 'new']), STACK]))).toEqual([]);
  });

  it('stay recorded while the array can not put them out', async () => {
    const held = async (estate: Estate, code: string, options = {}) => {
      const plan = await estate.planned(hosts(['h1']), options);
      expect(lines(plan)).toEqual([`held infrastructure/host.h1 ${code}`]);
      expect(plan.units).toEqual([]);
    };
    const busy = await exported();
    busy.edit({ edit: 'login', initiator: iqn('old') });
    await held(busy, 'COPRHD-HELD-005');
    await busy.applied(hosts(['h1']), { attestOffline: 'bob' });
    expect(await admitted(busy)).toEqual(['h1 h1', 'h2 h2']);
    const down = await exported();
    down.takeDown('sim-1');
    await held(down, 'COPRHD-HELD-008');
    const observed = await exported();
    observed.setEpoch(2);
    await held(observed, 'COPRHD-HELD-006');
  });

  it('belong to one host in the whole estate', async () => {
    const estate = await exported();
    expect(codes(await estate.plan(hosts(['h1', 'old'], ['h3', 'old'])))).toEqual(['COPRHD-CONFIG-006']);
    const only = infrastructure({ hosts: { h9: ['old'] }, clusters: {}, arrays: [] })
      .split('hosts:')[1]!
      .split('projects:')[0];
    const recorded = await estate.plan(`kind: infrastructure\nstack: more\nhosts:${only}`);
    expect(codes(recorded)).toEqual(['COPRHD-STATE-006']);
    expect(recorded.diagnostics[0]?.detail).toContain('infrastructure/host.h1');
  });

  it('move from one host to another in two steps: first away, then to', async () => {
    const estate = await exported();
    const moved = hosts(['h1'], ['h3', 'old']);
    expect(codes(await estate.plan(moved))).toEqual(['COPRHD-STATE-006']);
    await estate.applied(hosts(['h1']));
    await estate.applied(moved);
    expect(lines(await estate.planned([moved, STACK]))).toEqual([]);
    expect(await admitted(estate)).toEqual(['h1 h1', 'h2 h2']);
  });
});

describe('the hosts of a cluster', () => {
  it('do not change without the exports that show volumes to it', async () => {
    const estate = await exported();
    const smaller = infrastructure({ hosts: { h1: ['h1', 'old'], h2: ['h2'], h3: ['h3'] }, clusters: { c1: ['h1'] } });
    const plan = await estate.planned(smaller);
    expect(lines(plan)).toEqual(['held infrastructure/cluster.c1 COPRHD-HELD-009']);
    expect(plan.changes[0]?.held?.diagnostic.summary).toContain('s/export.c');
    expect(lines(await estate.planned([smaller, STACK]))).toEqual([
      'update infrastructure/cluster.c1',
      'update s/export.c',
    ]);
  });

  it('change at will while nothing is exported to it', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    await estate.applied([infrastructure({ clusters: { c1: ['h2', 'h3'] } })]);
    expect(lines(await estate.planned([infrastructure({ clusters: { c1: ['h2', 'h3'] } })]))).toEqual([]);
  });
});

describe('infrastructure', () => {
  it('that much hangs on does not change under it', async () => {
    const estate = await exported();
    const base = hosts(['h1', 'old']);
    const thick = base.replace('provisioning: thin', 'provisioning: thick');
    expect(codes(await estate.plan(thick))).toEqual(['COPRHD-PLAN-009']);
    const tenant = base
      .replace('  p: {}', '  p: { tenant: t }')
      .replace('networks:\n', 'tenants:\n  t: {}\nnetworks:\n');
    expect(codes(await estate.plan(tenant))).toEqual(['COPRHD-PLAN-009']);
  });

  it('lists what differs by name, and moves by movedFrom', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure({ more: '  q: {}' })]);
    const plan = await estate.planned([
      infrastructure({ more: '  r: { movedFrom: project.q }', paths: '{ min: 2, max: 4 }' }),
    ]);
    expect(lines(plan)).toEqual([
      'update infrastructure/virtualPool.gold',
      'update infrastructure/virtualPool.thick',
      'move infrastructure/project.r',
    ]);
    expect(plan.changes[0]?.fields).toEqual([
      { field: 'paths', before: { min: 1, max: 2, perInitiator: 1 }, after: { min: 2, max: 4, perInitiator: 1 } },
    ]);
  });

  it('may be referred to without being changed', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure(), stack({ volumes: { a: null } })]);
    const existing =
      'kind: infrastructure\nstack: other\nhosts: { h1: { existing: true } }\nclusters: { c9: { hosts: [h1] } }\n';
    expect(lines(await estate.planned(existing))).toEqual(['create other/cluster.c9']);
    const volume = stack({
      stack: 't',
      exports: { e: 'host: h1, volumes: [a]' },
      more: 'volumes: { a: { existing: true } }',
    });
    expect(lines(await estate.planned(volume))).toEqual(['create t/export.e']);
  });
});

describe('the IP interfaces of a host', () => {
  const interfaces = (...hosts: [string, string][]) =>
    `kind: infrastructure\nhosts:\n${hosts.map(([name, list]) => `  ${name}: { type: linux, interfaces: [${list}] }`).join('\n')}\n`;

  it('are recorded, changed and ended with what is declared, and their order means nothing', async () => {
    const estate = await createEstate();
    await estate.applied(interfaces(['n1', '10.0.0.1, { address: FD00::0:2, prefixLength: 64 }']));
    const recorded = async () =>
      (await estate.records('ipInterface'))
        .filter(({ record }) => record.status.phase === 'ready')
        .map(({ record: { spec } }) => `${spec.address} ${spec.prefixLength}`);
    expect(await recorded()).toEqual(['10.0.0.1 undefined', 'fd00::2 64']);
    expect(lines(await estate.planned(interfaces(['n1', '{ address: fd00::2, prefixLength: 64 }, 10.0.0.1'])))).toEqual(
      [],
    );
    const plan = await estate.planned(interfaces(['n1', '{ address: 10.0.0.1, prefixLength: 24 }']));
    expect(plan.changes[0]?.children.map(({ action, summary }) => `${action} ${summary}`)).toEqual([
      'update 10.0.0.1',
      'delete fd00::2',
    ]);
    await estate.applied(interfaces(['n1', '{ address: 10.0.0.1, prefixLength: 24 }']));
    expect(await recorded()).toEqual(['10.0.0.1 24']);
    await estate.applied('kind: infrastructure\nhosts: {}\n');
    expect(await recorded()).toEqual([]);
  });

  it('are of one host, in the files and in what is recorded', async () => {
    const estate = await createEstate();
    const refused = async (text: string) => codes(await estate.plan(text));
    expect(await refused(interfaces(['n1', '10.0.0.1'], ['n2', '10.0.0.1']))).toEqual(['COPRHD-CONFIG-006']);
    expect(await refused(interfaces(['n1', '10.0.0.1, 10.0.0.1']))).toEqual(['COPRHD-CONFIG-006']);
    await estate.applied(interfaces(['n1', '10.0.0.1']));
    expect(await refused(interfaces(['n1', ''], ['n2', '10.0.0.1']))).toEqual(['COPRHD-STATE-006']);
  });
});
