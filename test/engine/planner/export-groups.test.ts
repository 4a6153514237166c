/** Exports of several hosts or clusters, and of none: CoprHD's export groups. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, codes, createEstate, type Estate, lines, stepsOf } from './estate.ts';
import { liveMasks, maps } from './exports-support.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const HOSTS = { h1: ['h1'], h2: ['h2'], h3: ['h3'], h4: ['h4'] };
const INFRASTRUCTURE = infrastructure({ hosts: HOSTS, clusters: { c1: ['h1', 'h2'], c2: ['h3'] } });
const VOLUMES = { a: null, b: null, c: null };
const SHARED = 'sharedAccess: cluster-aware';
const texts = (exports: Record<string, string>, volumes: Record<string, string | null> = VOLUMES) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);
const members = async (estate: Estate) =>
  (await estate.records('member'))
    .filter(({ record }) => record.status.phase !== 'deleted' && record.spec.of.includes(':ExportGroup:'))
    .map(({ record }) => record.spec.list)
    .sort();

describe('an export of several hosts', () => {
  it('shows its volumes to each of them under one number, which none of them uses', async () => {
    const estate = await createEstate();
    const exports = { own: 'host: h2, volumes: [c]', e: `hosts: [h1, h2, h3], ${SHARED}, volumes: [a, b]` };
    await estate.applied(texts(exports));
    expect(await maps(estate)).toEqual(['h1 a@2', 'h1 b@3', 'h2 a@2', 'h2 b@3', 'h2 c@1', 'h3 a@2', 'h3 b@3']);
    await noChanges(estate, texts(exports));
  });

  it('gains a host by its mask alone, and loses one without touching those of the others', async () => {
    const estate = await createEstate();
    const of = (hosts: string) => texts({ e: `hosts: [${hosts}], ${SHARED}, volumes: [a, b]` });
    await estate.applied(of('h1, h2'));
    const more = await estate.planned(of('h1, h2, h3'));
    expect(stepsOf(more, 's/export.e')).toEqual(['mask.ensure', 'mapping.ensure', 'mapping.ensure']);
    expect(changeOf(more, 's/export.e').fields).toEqual([
      { field: 'hosts', before: ['h1', 'h2'], after: ['h1', 'h2', 'h3'] },
    ]);
    await estate.applied(of('h1, h2, h3'));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2', 'h2 a@1', 'h2 b@2', 'h3 a@1', 'h3 b@2']);
    const fewer = await estate.planned(of('h1, h3'));
    expect(stepsOf(fewer, 's/export.e')).toEqual(['mapping.remove', 'mapping.remove', 'mask.delete']);
    await estate.applied(of('h1, h3'));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2', 'h3 a@1', 'h3 b@2']);
    await noChanges(estate, of('h1, h3'));
  });

  it('is recorded like one of a host as soon as it is of one, and plans nothing for saying it otherwise', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a]' }));
    await noChanges(estate, texts({ e: 'hosts: [h1], volumes: [a]' }));
    expect(await members(estate)).toEqual([]);
    const several = texts({ e: `hosts: [h1, h2], ${SHARED}, volumes: [a]` });
    await estate.applied(several);
    expect(await members(estate)).toEqual(['hosts', 'hosts']);
    expect((await estate.record('export', 'e')).record.spec).toMatchObject({ seers: 'hosts' });
    expect((await estate.record('export', 'e')).record.spec).not.toHaveProperty('host');
    const one = texts({ e: `hosts: [h2], ${SHARED}, volumes: [a]` });
    await estate.applied(one);
    expect(await members(estate)).toEqual([]);
    expect(await maps(estate)).toEqual(['h2 a@1']);
    await noChanges(estate, texts({ e: `host: h2, ${SHARED}, volumes: [a]` }));
  });

  it('goes to a cluster and back without a trace of the host in its record', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h4, volumes: [a]' }));
    await estate.applied(texts({ e: 'cluster: c1, volumes: [a]' }));
    const { spec } = (await estate.record('export', 'e')).record;
    expect([spec.host, typeof spec.cluster]).toEqual([undefined, 'string']);
    expect(await maps(estate)).toEqual(['h1 a@1', 'h2 a@1']);
  });

  it('gives a host that joins what the others have, whichever export is planned first', async () => {
    const estate = await createEstate();
    const of = (hosts: string) => `hosts: [${hosts}], ${SHARED}, volumes: [b]`;
    await estate.applied(texts({ z: of('h1, h2') }));
    const both = texts({ a: 'host: h3, volumes: [a]', z: of('h1, h2, h3') });
    await estate.applied(both);
    expect(await maps(estate)).toEqual(['h1 b@1', 'h2 b@1', 'h3 a@2', 'h3 b@1']);
    await noChanges(estate, both);
  });

  it('gives a volume another number where it moves to a host on which its own is taken', async () => {
    const estate = await createEstate();
    const own = 'host: h3, volumes: [{ volume: c, hlu: 1 }]';
    await estate.applied(texts({ own, e: `hosts: [h1, h2], ${SHARED}, volumes: [a]` }));
    const moved = texts({ own, e: `hosts: [h3, h4], ${SHARED}, volumes: [a]` });
    await estate.applied(moved);
    expect(await maps(estate)).toEqual(['h3 a@2', 'h3 c@1', 'h4 a@2']);
    await noChanges(estate, moved);
  });

  it('leaves a number that is asked for to who asks, where it moves itself', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a]' }));
    const moved = texts({ e: 'host: h2, volumes: [a]', z: 'host: h2, volumes: [{ volume: b, hlu: 1 }]' });
    await estate.applied(moved);
    expect(await maps(estate)).toEqual(['h2 a@2', 'h2 b@1']);
    await noChanges(estate, moved);
  });

  it('needs to say that they share what it shows', async () => {
    const estate = await createEstate();
    const refused = await estate.plan(texts({ e: 'hosts: [h1, h2], volumes: [a, b]' }));
    expect(refused.diagnostics).toMatchObject([
      {
        code: 'COPRHD-CONFIG-016',
        summary: 'export.e shows volume "a" and 1 more to hosts "h1", "h2"',
        span: { line: 9, column: 15 },
      },
    ]);
    const clusters = await estate.plan(texts({ e: 'clusters: [c1, c2], volumes: [a]' }));
    expect(codes(clusters)).toEqual(['COPRHD-CONFIG-016']);
  });

  it('refuses a host that has the number already, with the reason, and changes nothing', async () => {
    const estate = await createEstate();
    const own = 'host: h3, volumes: [{ volume: c, hlu: 1 }]';
    await estate.applied(texts({ own, e: `hosts: [h1, h2], ${SHARED}, volumes: [a]` }));
    const before = await maps(estate);
    const { plan, diagnostics } = await estate.plan(texts({ own, e: `hosts: [h1, h2, h3], ${SHARED}, volumes: [a]` }));
    expect(plan).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: 'COPRHD-PATH-003', summary: expect.stringContaining('HLU 1 is taken: c@h3 has it on host h3') },
    ]);
    expect(await maps(estate)).toEqual(before);
  });

  it('is held where the host that goes is logged in, as any removal', async () => {
    const estate = await createEstate();
    const of = (hosts: string) => texts({ e: `hosts: [${hosts}], ${SHARED}, volumes: [a]` });
    await estate.applied(of('h1, h2, h3'));
    estate.edit({ edit: 'login', initiator: iqn('h3') });
    const { plan } = await estate.plan(of('h1, h2'));
    expect(changeOf(plan!, 's/export.e')).toMatchObject({
      action: 'held',
      held: { diagnostic: { code: 'COPRHD-HELD-005' } },
    });
    const attested = await estate.planned(of('h1, h2'), { attestOffline: 'anna' });
    expect(stepsOf(attested, 's/export.e')).toEqual(['mapping.remove', 'mask.delete']);
  });

  it('keeps a host that it is of from being removed, and lets it go with it', async () => {
    const estate = await createEstate();
    const exports = { e: `hosts: [h1, h2, h4], ${SHARED}, volumes: [a]` };
    await estate.applied(texts(exports));
    const { h4: _h4, ...fewer } = HOSTS;
    const without = infrastructure({ hosts: fewer, clusters: { c1: ['h1', 'h2'], c2: ['h3'] } });
    const { plan } = await estate.plan([without]);
    expect(changeOf(plan!, 'infrastructure/host.h4')).toMatchObject({
      action: 'held',
      held: { diagnostic: { code: 'COPRHD-HELD-004', summary: expect.stringContaining('s/export.e') } },
    });
    const both = [without, stack({ volumes: VOLUMES, exports: { e: `hosts: [h1, h2], ${SHARED}, volumes: [a]` } })];
    await estate.applied(both);
    expect(await maps(estate)).toEqual(['h1 a@1', 'h2 a@1']);
    await noChanges(estate, both);
  });
});

describe('an export of several clusters', () => {
  it('shows to the hosts of all of them, each once, and follows who joins one', async () => {
    const estate = await createEstate();
    const exports = { e: `clusters: [c1, c2], ${SHARED}, volumes: [a]` };
    await estate.applied(texts(exports));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h2 a@1', 'h3 a@1']);
    const larger = infrastructure({ hosts: HOSTS, clusters: { c1: ['h1', 'h2'], c2: ['h2', 'h3', 'h4'] } });
    const alone = await estate.plan([larger]);
    expect(changeOf(alone.plan!, 'infrastructure/cluster.c2')).toMatchObject({
      held: { diagnostic: { code: 'COPRHD-HELD-009' } },
    });
    const both = [larger, stack({ volumes: VOLUMES, exports })];
    await estate.applied(both);
    expect(await maps(estate)).toEqual(['h1 a@1', 'h2 a@1', 'h3 a@1', 'h4 a@1']);
    await noChanges(estate, both);
    const one = [larger, stack({ volumes: VOLUMES, exports: { e: `clusters: [c2], ${SHARED}, volumes: [a]` } })];
    await estate.applied(one);
    expect(await maps(estate)).toEqual(['h2 a@1', 'h3 a@1', 'h4 a@1']);
    await noChanges(estate, one);
  });
});

describe('an export of nobody', () => {
  it('keeps its volumes, and the numbers they are to get, until somebody sees them', async () => {
    const estate = await createEstate();
    const none = texts({ e: 'hosts: [], volumes: [{ volume: a, hlu: 7 }, b]' });
    await estate.applied(none);
    expect(await maps(estate)).toEqual([]);
    expect(await members(estate)).toEqual(['waiting', 'waiting']);
    await noChanges(estate, none);
    const address = { addresses: ['s/volume.a'] };
    const held = await estate.run('resource.remove', { ...address, force: true });
    expect(held.plan?.changes).toMatchObject([{ action: 'held', held: { diagnostic: { code: 'COPRHD-HELD-004' } } }]);
    const some = texts({ e: 'hosts: [h1], volumes: [{ volume: a, hlu: 7 }, b]' });
    await estate.applied(some);
    expect(await maps(estate)).toEqual(['h1 a@7', 'h1 b@1']);
    expect(await members(estate)).toEqual([]);
    await estate.applied(none);
    expect(await maps(estate)).toEqual([]);
    expect(await members(estate)).toEqual(['waiting', 'waiting']);
    await estate.applied(texts({}));
    expect(await members(estate)).toEqual([]);
  });

  it('takes volumes of its virtual array only, and keeps that from being removed', async () => {
    const estate = await createEstate();
    const more = 'kind: infrastructure\nstack: more\nvirtualArrays: { dc2: {} }\n';
    const none = stack({ volumes: VOLUMES, exports: { e: 'hosts: [], virtualArray: dc2, volumes: []' } });
    await estate.applied([INFRASTRUCTURE, more, none]);
    await noChanges(estate, [INFRASTRUCTURE, more, none]);
    const wrong = stack({ volumes: VOLUMES, exports: { e: 'host: h1, virtualArray: dc2, volumes: [a]' } });
    expect((await estate.plan([INFRASTRUCTURE, more, wrong])).diagnostics).toMatchObject([
      { code: 'COPRHD-PLAN-009', summary: expect.stringContaining('a is of virtual array dc1, and the export of dc2') },
    ]);
    const { plan } = await estate.plan(['kind: infrastructure\nstack: more\n']);
    expect(plan?.changes).toMatchObject([{ address: 'more/virtualArray.dc2', action: 'held' }]);
    await estate.applied([
      INFRASTRUCTURE,
      more,
      stack({ volumes: VOLUMES, exports: { e: 'host: h1, virtualArray: dc1, volumes: [a]' } }),
    ]);
    expect(await maps(estate)).toEqual(['h1 a@1']);
  });

  it('of a cluster without hosts shows them when one joins', async () => {
    const estate = await createEstate();
    const exports = { e: 'cluster: c2, volumes: [a]' };
    const empty = infrastructure({ hosts: HOSTS, clusters: { c2: [] } });
    await estate.applied([empty, stack({ volumes: VOLUMES, exports })]);
    expect(await members(estate)).toEqual(['waiting']);
    await estate.applied([
      infrastructure({ hosts: HOSTS, clusters: { c2: ['h4'] } }),
      stack({ volumes: VOLUMES, exports }),
    ]);
    expect(await maps(estate)).toEqual(['h4 a@1']);
    expect(await members(estate)).toEqual([]);
  });
});

describe('what is written of an export', () => {
  const complaintsOf = async (body: string) =>
    (await (await createEstate()).plan(texts({ e: `${body}, ${SHARED}, volumes: []` }))).diagnostics.map(
      ({ code, summary, span }) => `${code} ${summary} ${span?.line}:${span?.column}`,
    );

  it.each([
    [
      'hosts: [h1], clusters: [c1]',
      'COPRHD-CONFIG-004 export.e, clusters: an export has hosts or clusters, not both 9:31',
    ],
    ['host: h1, hosts: [h2]', 'COPRHD-CONFIG-004 export.e, hosts: host and hosts say the same 9:25'],
    ['hosts: [h1, h1]', 'COPRHD-CONFIG-004 export.e, hosts[1]: "h1" is in the list twice 9:20'],
    ['hosts: [h1, h9]', 'COPRHD-CONFIG-005 export.e: there is no host "h9" 9:20'],
    [
      'clusters: [c1], namedBy: initiators',
      'COPRHD-CONFIG-004 export.e, namedBy: the initiators by which who sees is named are of hosts, not of a cluster 9:33',
    ],
  ])('%s is refused where it stands', async (body, complaint) => {
    expect(await complaintsOf(body)).toEqual([complaint]);
  });

  it('is one host where it is exclusive', async () => {
    const { diagnostics } = await (await createEstate()).plan(
      texts({ e: 'hosts: [h1, h2], exclusive: true, volumes: []' }),
    );
    expect(diagnostics).toMatchObject([
      { summary: 'export.e, exclusive: an exclusive export shows its volumes to one host, not to 2' },
    ]);
  });
});

/** Two exports whose hosts, clusters and volumes come and go; `other` is of somebody else, and stays as it is. */
const NAMES = ['h1', 'h2', 'h3'];
const wish = fc.record({
  clusters: fc.boolean(),
  seers: fc.subarray(NAMES),
  volumes: fc.subarray(['a', 'b', 'c']),
});

describe('any sequence of changes of who sees what', () => {
  it('leaves masks and numbers as declared, those of others alone, and nothing to do', async () => {
    const run = async (steps: readonly { clusters: boolean; seers: string[]; volumes: string[] }[]) => {
      const estate = await createEstate();
      const clusters = { k1: ['h1'], k2: ['h2', 'h4'], k3: ['h2', 'h3'] };
      const data = { ...VOLUMES, d: null };
      let before = '';
      for (const { clusters: byCluster, seers, volumes } of steps) {
        const names = byCluster ? seers.map((name) => name.replace('h', 'k')) : seers;
        const exports = {
          other: 'host: h2, volumes: [{ volume: d, hlu: 200 }]',
          e: `${byCluster ? 'clusters' : 'hosts'}: [${names.join(', ')}], ${SHARED}, volumes: [${volumes.join(', ')}]`,
        };
        const text = [infrastructure({ hosts: HOSTS, clusters }), stack({ volumes: data, exports })];
        await estate.applied(text, { attestOffline: 'anna' });
        await noChanges(estate, text);
        const hosts = new Set(byCluster ? names.flatMap((name) => clusters[name as keyof typeof clusters]) : seers);
        const found = (await maps(estate)).map((map) => map.split(/[ @]/) as [string, string, string]);
        const pairs = found.filter(([, volume]) => volume !== 'd').map(([host, volume]) => `${host} ${volume}`);
        expect(pairs).toEqual([...hosts].flatMap((host) => volumes.map((volume) => `${host} ${volume}`)).sort());
        // One number for a volume on all of its hosts, and one volume for a number on each.
        for (const volume of volumes)
          expect(new Set(found.filter(([, name]) => name === volume).map(([, , hlu]) => hlu)).size).toBe(
            hosts.size > 0 ? 1 : 0,
          );
        expect(new Set(found.map(([host, , hlu]) => `${host} ${hlu}`)).size).toBe(found.length);
        expect(found.filter(([, volume]) => volume === 'd')).toEqual([['h2', 'd', '200']]);
        const seen = (await liveMasks(estate)).map(({ name }) => name.replace(/@.*/, ''));
        expect(seen.sort()).toEqual([...new Set(['h2', ...(volumes.length > 0 ? hosts : [])])].sort());
        // The other export's record is never written again.
        const others = (await estate.records('lunMap')).find(({ record }) => record.name === 'd@h2')!;
        expect(before === '' || before === `${others.revision}`).toBe(true);
        before = `${others.revision}`;
        expect((await estate.run('drift', {})).items).toEqual([]);
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(wish, { minLength: 2, maxLength: 5 }), run), {
      numRuns: 8,
      seed: Number(process.env.SEED ?? 1),
      interruptAfterTimeLimit: 60_000,
      markInterruptAsFailure: true,
    });
  }, 120_000);
});
