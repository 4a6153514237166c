import { describe, expect, it } from 'vitest';
import { changeOf, codes, createEstate, type Estate, lines, stepsOf } from './estate.ts';
import { liveMasks, maps, maskId } from './exports-support.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const VOLUMES = { a: null, b: null, c: null };
const FC_AND_IP = ['A', 'B'].flatMap((letter, index) => [
  { name: `SP-${letter}1`, address: `10.0.1.${index + 10}:3260`, haDomain: `SP-${letter}` },
  { name: `FC-${letter}1`, address: `50:00:00:00:00:00:00:0${index}`, haDomain: `SP-${letter}` },
]);
const texts = (exports: Record<string, string>, volumes: Record<string, string | null> = VOLUMES) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);

describe('an export', () => {
  it('makes one mask a host and storage system, with the lowest free HLU from 1', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(texts({ e: 'host: h1, volumes: [a, b]' }));
    expect(changeOf(plan, 's/export.e').children.map(({ kind, action }) => `${action} ${kind}`)).toEqual([
      'create exportMask',
      'create lunMap',
      'create lunMap',
    ]);
    await estate.applied(texts({ e: 'host: h1, volumes: [a, b]' }));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2']);
    await noChanges(estate, texts({ e: 'host: h1, volumes: [a, b]' }));
  });

  it('to a cluster has one HLU everywhere, and a host that joins gets the same', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ x: 'host: h1, volumes: [a]', e: 'cluster: c1, volumes: [b]' }));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2', 'h2 b@2']);
    const larger = [
      infrastructure({ clusters: { c1: ['h1', 'h2', 'h3'] } }),
      stack({ volumes: VOLUMES, exports: { x: 'host: h1, volumes: [a]', e: 'cluster: c1, volumes: [b]' } }),
    ];
    await estate.applied(larger);
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2', 'h2 b@2', 'h3 b@2']);
    await noChanges(estate, larger);
  });

  it('that is exclusive shows to one host of a cluster what the others never see, with a number that none of theirs takes', async () => {
    const estate = await createEstate();
    const exports = {
      own: 'host: h1, exclusive: true, volumes: [a]',
      boot: 'host: h2, boot: true, volumes: [b]',
      all: 'cluster: c1, volumes: [c]',
    };
    await estate.applied(texts(exports));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 c@2', 'h2 b@0', 'h2 c@2']);
    await noChanges(estate, texts(exports));
    const without = { all: exports.all, boot: exports.boot };
    await estate.applied(texts(without));
    expect(await maps(estate)).toEqual(['h1 c@2', 'h2 b@0', 'h2 c@2']);
  });

  it('that is exclusive shares with nobody, whatever the other one says and in whichever plan it stands', async () => {
    const shared = 'host: h2, sharedAccess: cluster-aware, volumes: [a]';
    const own = 'host: h1, exclusive: true, volumes: [a]';
    const together = await (await createEstate()).plan(texts({ own, all: shared }));
    expect(codes(together)).toEqual(['COPRHD-CONFIG-016']);
    expect(together.diagnostics[0]?.fix).toBe('Leave it out of one of them: export.own is exclusive.');

    const estate = await createEstate();
    await estate.applied(texts({ all: shared }));
    const other = stack({ stack: 'other', exports: { own }, more: 'volumes: { a: { existing: true } }' });
    const refused = await estate.plan([INFRASTRUCTURE, other]);
    expect(refused.diagnostics).toMatchObject([
      { code: 'COPRHD-CONFIG-016', summary: expect.stringContaining('is exported to another host by s/export.all') },
    ]);
    expect(refused.diagnostics[0]?.fix).toContain('one of them is exclusive');
  });

  it('takes away from a host that leaves the cluster', async () => {
    const estate = await createEstate();
    const exports = { e: 'cluster: c1, volumes: [a]' };
    await estate.applied(texts(exports));
    const smaller = [infrastructure({ clusters: { c1: ['h1'] } }), stack({ volumes: VOLUMES, exports })];
    expect(lines(await estate.planned(smaller))).toEqual(['update infrastructure/cluster.c1', 'update s/export.e']);
    await estate.applied(smaller);
    expect(await maps(estate)).toEqual(['h1 a@1']);
    await noChanges(estate, smaller);
  });

  it('to another host leaves the first one, with the same HLU', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a, b]' }));
    await estate.applied(texts({ e: 'host: h2, volumes: [a, b]' }));
    expect(await maps(estate)).toEqual(['h2 a@1', 'h2 b@2']);
    expect((await liveMasks(estate)).map(({ name }) => name)).toEqual(['h2@array-1']);
    await noChanges(estate, texts({ e: 'host: h2, volumes: [a, b]' }));
  });

  it('shares its mask with the others of its host: made by the first, deleted by the last', async () => {
    const estate = await createEstate();
    const both = { e: 'host: h1, volumes: [a]', f: 'host: h1, volumes: [b]' };
    const plan = await estate.planned(texts(both));
    expect([stepsOf(plan, 's/export.e'), stepsOf(plan, 's/export.f')]).toEqual([
      ['mask.ensure', 'mapping.ensure'],
      ['mapping.ensure'],
    ]);
    const unit = (address: string) => plan.units.find((found) => found.address === address)!;
    expect(unit('s/export.f').dependsOn).toContain(unit('s/export.e').id);
    await estate.applied(texts(both));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2']);
    const one = await estate.planned(texts({ f: both.f }));
    expect(stepsOf(one, 's/export.e')).toEqual(['mapping.remove']);
    await estate.applied(texts({ f: both.f }));
    expect((await liveMasks(estate)).length).toBe(1);
    await estate.applied(texts(both));
    const none = await estate.planned(texts({}));
    expect([stepsOf(none, 's/export.e'), stepsOf(none, 's/export.f')]).toEqual([
      ['mapping.remove'],
      ['mapping.remove', 'mask.delete'],
    ]);
    await estate.applied(texts({}));
    expect(await liveMasks(estate)).toEqual([]);
    expect(estate.array().handle({ operation: 'listMasks', args: {}, nowMs: 0 })).toMatchObject({
      value: { items: [] },
    });
  });

  it('may be replaced by another one of the same host in one plan: the mask stays', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a]' }));
    const [before] = await liveMasks(estate);
    await estate.applied(texts({ f: 'host: h1, volumes: [b]' }));
    expect((await liveMasks(estate)).map(({ urn }) => urn)).toEqual([before!.urn]);
    expect(await maps(estate)).toEqual(['h1 b@2']);
  });

  it('gives a volume up before another one of the same host takes it', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a, b]' }));
    const moved = texts({ e: 'host: h1, volumes: [b]', f: 'host: h1, volumes: [a]' });
    const { diagnostics, plan } = await estate.plan(moved);
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ code, summary }) => [code, summary])).toEqual([
      ['COPRHD-PLAN-009', 's/export.f: volume a is exported to h1 by s/export.e already'],
    ]);
    await estate.applied(texts({ e: 'host: h1, volumes: [b]' }));
    await estate.applied(moved);
    // The same volume takes its own HLU back at once.
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2']);
  });

  it('maps a volume to a host once: two new exports of the same volume and host are refused', async () => {
    const estate = await createEstate();
    expect(codes(await estate.plan(texts({ e: 'host: h1, volumes: [a]', f: 'host: h1, volumes: [a]' })))).toEqual([
      'COPRHD-PLAN-009',
    ]);
    const aware = {
      e: 'host: h1, volumes: [a], sharedAccess: cluster-aware',
      f: 'cluster: c1, volumes: [a], sharedAccess: cluster-aware',
    };
    expect(codes(await estate.plan(texts(aware)))).toEqual(['COPRHD-PLAN-009']);
  });

  it('shows a volume to several hosts only where every export of it says that they share it', async () => {
    const estate = await createEstate();
    const volumes = stack({ volumes: VOLUMES });
    const of = (name: string, host: string, shared: boolean) =>
      stack({
        stack: name,
        exports: { [name]: `host: ${host}, volumes: [a]${shared ? ', sharedAccess: cluster-aware' : ''}` },
      });
    await estate.applied([INFRASTRUCTURE, volumes, of('t', 'h1', false)]);
    expect(codes(await estate.plan([of('u', 'h2', false)]))).toEqual(['COPRHD-CONFIG-016']);
    expect(codes(await estate.plan([of('u', 'h2', true)]))).toEqual(['COPRHD-CONFIG-016']);
    await estate.applied([of('t', 'h1', true), of('u', 'h2', true)]);
    expect(await maps(estate)).toEqual(['h1 a@1', 'h2 a@1']);
    // Saying it no longer on one side doesn't make it safe.
    expect(codes(await estate.plan([of('t', 'h1', false)]))).toEqual(['COPRHD-CONFIG-016']);
  });

  it('does not show a volume that a foreign mask shows to somebody else', async () => {
    const estate = await createEstate();
    await estate.applied(texts({}));
    const { nativeId } = (await estate.record('volume', 'a')).record.status.device!;
    estate.edit({ edit: 'add-mask', name: 'theirs', initiators: [iqn('x')], mappings: [{ volume: nativeId, hlu: 7 }] });
    const plan = await estate.planned(texts({ e: 'host: h1, volumes: [a]' }));
    expect(lines(plan)).toEqual(['held s/export.e COPRHD-HELD-004']);
    expect(changeOf(plan, 's/export.e').held?.diagnostic.summary).toContain('theirs');
  });

  it('does not take a host whose initiator is in a foreign mask, and names that', async () => {
    const estate = await createEstate();
    await estate.applied([INFRASTRUCTURE]);
    estate.edit({ edit: 'add-mask', name: 'theirs', initiators: [iqn('h1')], mappings: [] });
    const plan = await estate.planned(texts({ e: 'host: h1, volumes: [a]' }));
    expect(lines(plan)).toContain('held s/export.e COPRHD-HELD-004');
    expect(changeOf(plan, 's/export.e').held?.diagnostic.summary).toBe(
      `initiator ${iqn('h1')} of host h1 is in mask theirs on array-1 already, which is not ours`,
    );
  });

  it('does not map what is quarantined, or goes in the same plan', async () => {
    const estate = await createEstate();
    await estate.applied(texts({}));
    await estate.applied(texts({}, { b: null, c: null }));
    const plan = await estate.planned(texts({ e: 'host: h1, volumes: [a, b]' }, { b: null, c: null }));
    expect(lines(plan)).toEqual(['held s/export.e COPRHD-HELD-010']);
  });

  it('is unmapped only with evidence: not while its host is logged in, unless somebody attests', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a, b]' }));
    estate.edit({ edit: 'login', initiator: iqn('h1') });
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/export.e COPRHD-HELD-005']);
    expect(lines(await estate.planned(texts({ e: 'host: h1, volumes: [a]' })))).toEqual([
      'held s/export.e COPRHD-HELD-005',
    ]);
    const waiting = (await estate.planned(texts({}), { waitIdleMs: 60_000 })).units.flatMap(({ steps }) => steps);
    expect(waiting.map(({ kind, form }) => `${form} ${kind}`)).toEqual([
      'wait mask.await-idle',
      'call mapping.remove',
      'call mapping.remove',
      'call mask.delete',
    ]);
    expect(waiting[0]!.args).toMatchObject({ initiators: [iqn('h1')], patienceMs: 60_000 });
    const attested = await estate.planned(texts({}), { attestOffline: 'bob' });
    const steps = attested.units.flatMap(({ steps }) => steps);
    expect(steps.map((step) => ('evidence' in step.args ? step.args.evidence : step.kind))).toEqual([
      'attested',
      'attested',
      'mask.delete',
    ]);
    await estate.applied(texts({}), { attestOffline: 'bob' });
  });

  it('keeps its mask on the device, and is held, while somebody else uses that mask', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a]', f: 'host: h1, volumes: [b]' }));
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'slow', sizeBytes: 1024 ** 3, provisioning: 'thin' });
    estate.edit({ edit: 'add-mapping', mask: await maskId(estate), volume: 'theirs', hlu: 9 });
    expect(lines(await estate.planned(texts({ e: 'host: h1, volumes: [a]' })))).toEqual(['delete s/export.f']);
    expect(lines(await estate.planned(texts({})))).toContain('held s/export.f COPRHD-HELD-004');
    // Its HLU counts as used.
    await estate.applied(texts({ e: 'host: h1, volumes: [a, c]', f: 'host: h1, volumes: [b]' }));
    expect(
      codes(
        await estate.plan(
          texts(
            { e: 'host: h1, volumes: [a, c]', f: 'host: h1, volumes: [b, { volume: d, hlu: 9 }]' },
            { ...VOLUMES, d: null },
          ),
        ),
      ),
    ).toEqual(['COPRHD-PATH-003']);
  });

  it('goes although its volumes are of another stack', async () => {
    const estate = await createEstate();
    await estate.applied([
      INFRASTRUCTURE,
      stack({ volumes: VOLUMES }),
      stack({ stack: 't', exports: { e: 'host: h1, volumes: [a]' } }),
    ]);
    const { plan, outcome } = await estate.run('destroy', { stacks: ['t'] });
    expect([outcome, lines(plan!)]).toEqual(['changes', ['delete t/export.e']]);
    expect(lines(await estate.planned([stack({ stack: 't' })]))).toEqual(['delete t/export.e']);
  });

  it('is never made over iSCSI when its virtual pool is for Fibre Channel, nor the other way', async () => {
    const arrays = [{ ports: FC_AND_IP }];
    const exported = texts({ e: 'host: h1, volumes: [a]' }).slice(1);
    const fcOnly = INFRASTRUCTURE.replaceAll('protocols: [iscsi]', 'protocols: [fc]');
    const ofPool = await (await createEstate({ arrays })).plan([fcOnly, ...exported]);
    expect(codes(ofPool)).toEqual(['COPRHD-PATH-001']);
    expect(ofPool.diagnostics[0]?.summary).toContain('host h1 has no initiator for fc');
    const wwpn = 'h1: { type: linux, initiators: [{ wwpn: "10:00:00:00:00:00:00:01", network: fabric }] }';
    const fcHost = INFRASTRUCTURE.replace(/h1: \{.*\}/, wwpn).replace(
      'networks:',
      'networks:\n  fabric: { transport: fc }',
    );
    const ofHost = await (await createEstate({ arrays })).plan([fcHost, ...exported]);
    expect(codes(ofHost)).toEqual(['COPRHD-PATH-001']);
    expect(ofHost.diagnostics[0]?.summary).toContain('host h1 has no initiator for iscsi');
  });
});
