/** Plans with continuous copies: what they refuse, make anew, let go, and count. Life on the array is in operations/mirrors.test.ts. */
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { createEstate, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const M = /^m-/;

describe('where the storage system has none', () => {
  it('it is said, with those that have', async () => {
    const other = await createEstate({ poolBytes: TIB, arrays: [{ model: 'Simulated entry array' }, {}] });
    const text = stack({ volumes: { a: 'placement: { require: ["array-1/*"] }', m: 'copyOf: a, continuous: true' } });
    const { diagnostics } = await other.plan([
      infrastructure({ arrays: ['array-1', 'array-2'], pools: ['fast'] }),
      text,
    ]);
    expect(diagnostics).toMatchObject([
      {
        code: 'COPRHD-DEVICE-007',
        summary: 's/volume.m: array-1 has no continuous copies, and a is on it',
        detail: 'these can: array-2',
      },
    ]);
  });
});

describe('a plan', () => {
  it('refuses a copy of a new volume that is larger, or that follows another one', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const plan = (volumes: Record<string, string>) => fresh.plan([infrastructure(), stack({ volumes })]);
    const said = async (volumes: Record<string, string>) =>
      (await plan(volumes)).diagnostics.map(({ code, summary }) => [code, summary]);
    expect(await said({ a: 'size: 20GiB', m: 'copyOf: a, continuous: true', c: 'copyOf: a' })).toEqual([
      ['COPRHD-PLAN-009', 's/volume.m is smaller than a, which it shall be a copy of'],
      ['COPRHD-PLAN-009', 's/volume.c is smaller than a, which it shall be a copy of'],
    ]);
    expect(await said({ a: '', m: 'copyOf: a, continuous: true', c: 'copyOf: m' })).toEqual([
      ['COPRHD-PLAN-009', "s/volume.c can't be a copy of m, which follows a itself"],
    ]);
    expect(await said({ a: '', m: 'continuous: true' })).toEqual([
      ['COPRHD-CONFIG-004', expect.stringContaining('a continuous copy follows a volume')],
    ]);
    expect(await said({ a: '', m: 'copyOf: a, continuous: true', e: 'copyOf: m, continuous: true' })).toHaveLength(1);
  });

  it('makes one anew that is missing, which follows again', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const text = stack({ volumes: { a: '', m: 'copyOf: a, continuous: true' } });
    await fresh.applied([infrastructure(), text]);
    const { plan } = await fresh.run('copy.invoke', { verb: 'pause', addresses: ['s/volume.m'] });
    await fresh.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    fresh.edit({ edit: 'delete-volume', volume: fresh.show().volumes.find(({ name }) => M.test(name))!.name });
    expect(lines(await fresh.planned(text))).toEqual(['held s/volume.m COPRHD-HELD-001']);
    const made = await fresh.planned(text, { replaceMissing: ['volume.m'] });
    expect(made.changes).toMatchObject([
      { reason: expect.stringContaining('is a copy again'), facts: { follows: 'a' } },
    ]);
    await fresh.applied(text, { replaceMissing: ['volume.m'] });
    expect((await fresh.run('copy.states', {})).mirrors).toMatchObject([{ state: 'synchronized' }]);
    expect((await fresh.run('drift', {})).items).toEqual([]);
  });

  it('lets a source go with what followed it and goes into quarantine, or changes, in the same plan', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const follower = (more: string) => `copyOf: a, continuous: true${more}`;
    await fresh.applied([infrastructure(), stack({ volumes: { a: 'onRemove: delete', m: follower('') } })]);
    expect(lines(await fresh.planned(stack({ volumes: { b: '' } })))).toEqual([
      'create s/volume.b',
      'quarantine s/volume.m',
      'delete s/volume.a',
    ]);
    const other = await createEstate({ poolBytes: TIB });
    await other.applied([infrastructure(), stack({ volumes: { a: 'onRemove: delete', m: follower('') } })]);
    await other.applied(stack({ volumes: { b: '' } }), { confirmDestroy: 2 });
    expect(other.show().volumes.map(({ name }) => name.replace(/-\w{8}$/, ''))).toEqual(['quarantined-m', 'b']);
    const { plan } = await fresh.run('copy.invoke', { verb: 'split', addresses: ['s/volume.m'] });
    await fresh.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    expect(lines(await fresh.planned(stack({ volumes: { m: 'tags: [x]' } })))).toEqual([
      'update s/volume.m',
      'delete s/volume.a',
    ]);
  });

  it('keeps to how many a virtual pool allows', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const allowing = (max: number) =>
      infrastructure().replace('provisioning: thin,', `provisioning: thin, continuousCopies: { max: ${max} },`);
    const text = (...names: string[]) =>
      stack({ volumes: { a: '', ...Object.fromEntries(names.map((name) => [name, 'copyOf: a, continuous: true'])) } });
    const said = async (max: number, ...names: string[]) =>
      (await fresh.plan([allowing(max), text(...names)])).diagnostics.map(({ summary }) => summary);
    const nth = (name: string, count: number, max: number) =>
      `s/volume.${name} would be the ${count}. that follows a; virtual pool gold allows ${max}`;
    expect(await said(0, 'm')).toEqual([nth('m', 1, 0)]);
    expect(await said(1, 'm', 'n')).toEqual([nth('n', 2, 1)]);
    await fresh.applied([allowing(1), text('m')]);
    expect(await said(1, 'm', 'o')).toEqual([nth('o', 2, 1)]);
    expect(await said(2, 'm', 'o')).toEqual([]);
    // What is there stays, and full copies are as many as one likes.
    expect(await said(0, 'm')).toEqual([]);
    const full = await fresh.run('copy.make', { name: 'f', of: 's/volume.a', protect: false });
    expect(full.plan?.units).toHaveLength(1);
  });

  it('counts it in the quota of its project', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const small = infrastructure().replace('  p: {}', '  p: { quota: 15GiB }');
    const { diagnostics } = await fresh.plan([small, stack({ volumes: { a: '', m: 'copyOf: a, continuous: true' } })]);
    expect(diagnostics.map(({ code }) => code)).toEqual([expect.stringMatching(/^COPRHD-QUOTA-/)]);
  });
});

describe('the virtual pool that another one names for continuous copies', () => {
  const naming = (copies: string, more: (text: string) => string = (text) => text) =>
    more(infrastructure().replace('provisioning: thin,', `provisioning: thin, continuousCopies: { ${copies} },`));
  const named = (other: string) => naming(`max: 2, virtualPool: ${other}`);
  const lineOf = (text: string, word: string) => text.split('\n').findIndex((line) => line.includes(word)) + 1;

  it('is theirs where who asks names none, and is declared in any order', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const texts = [named('thick'), stack({ volumes: { a: '' } })];
    await fresh.applied(texts);
    expect(lines(await fresh.planned(texts))).toEqual([]);
    const pools = new Map((await fresh.records('virtualPool')).map(({ record }) => [record.urn, record.name]));
    const poolOf = async (more: object) => {
      const { plan } = await fresh.run('copy.make', { name: 'm', of: 's/volume.a', ...more });
      const { final } = plan!.units.flatMap(({ writes }) => writes).find(({ final: made }) => made.kind === 'volume')!;
      return pools.get((final as ResourceRecord<'volume'>).spec.virtualPool);
    };
    expect(await poolOf({ continuous: true })).toBe('thick');
    expect(await poolOf({ continuous: true, virtualPool: 'gold' })).toBe('gold');
    expect(await poolOf({})).toBe('gold');
    // By name it is changed as in a file.
    const { plan } = await fresh.plan([naming('max: 2'), stack({ volumes: { a: '' } })]);
    expect(plan!.changes.map(({ fields }) => fields)).toEqual([
      [{ field: 'continuousCopies', before: { max: 2, virtualPool: 'thick' }, after: { max: 2 } }],
    ]);
  });

  it('may name that one in turn', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const both = named('thick').replace(
      'provisioning: thick,',
      'provisioning: thick, continuousCopies: { max: 1, virtualPool: gold },',
    );
    await fresh.applied(both);
    expect(lines(await fresh.planned(both))).toEqual([]);
  });

  it('is held while that one stays', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    await fresh.applied(named('thick'));
    const without = named('thick')
      .split('\n')
      .filter((line) => !line.startsWith('  thick:'))
      .join('\n');
    expect(lines(await fresh.planned(without))).toEqual(['held infrastructure/virtualPool.thick COPRHD-HELD-004']);
    const free = naming('max: 2').replace(/\n {2}thick:.*/, '');
    expect(lines(await fresh.planned(free))).toEqual([
      'update infrastructure/virtualPool.gold',
      'delete infrastructure/virtualPool.thick',
    ]);
  });

  it('must be there, and able to carry them', async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const said = async (text: string) =>
      (await fresh.plan(text)).diagnostics.map(({ summary, span }) => [summary, span?.file, span?.line]);
    const where = ['infrastructure.yaml', lineOf(named('thick'), '  gold:')];
    expect(await said(named('thicc'))).toEqual([[expect.stringContaining('thicc'), ...where]]);
    expect(await said(named('gold'))).toEqual([
      [
        "infrastructure/virtualPool.gold can't have its continuous copies in virtual pool gold: that is itself, where they are anyhow",
        ...where,
      ],
    ]);
    const apart = named('thick')
      .replace(/(thick: .*)virtualArrays: \[dc1\]/, '$1virtualArrays: [dc2]')
      .replace('virtualPools:', '  dc2: { networks: [san] }\nvirtualPools:');
    const why = "infrastructure/virtualPool.gold can't have its continuous copies in virtual pool thick";
    expect(await said(apart)).toEqual([
      [`${why}: they have no virtual array in common (dc1; dc2)`, 'infrastructure.yaml', lineOf(apart, '  gold:')],
    ]);
    const types = named('thick')
      .replace('provisioning: thin,', 'provisioning: thin, systemTypes: [tgt],')
      .replace('provisioning: thick,', 'provisioning: thick, systemTypes: [simulator],');
    expect(await said(types)).toEqual([[`${why}: no storage system is of both (tgt; simulator)`, ...where]]);
    // Also where it is the other one that changes, in a file of its own.
    const [thick] = /^ {2}thick:.*$/m.exec(named('thick'))!;
    const own = (line: string) =>
      `kind: infrastructure\nvirtualArrays: { dc2: { networks: [san] } }\nvirtualPools:\n${line}\n`;
    const rest = named('thick').replace(`${thick}\n`, '');
    await fresh.applied({ 'infrastructure.yaml': rest, 'thick.yaml': own(thick) });
    const moved = await fresh.plan({ 'thick.yaml': own(thick.replace('[dc1]', '[dc2]')) });
    expect(moved.diagnostics.map(({ summary, span }) => [summary, span?.file, span?.line])).toEqual([
      [`${why}: they have no virtual array in common (dc1; dc2)`, 'thick.yaml', 4],
    ]);
  });
});
