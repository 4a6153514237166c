/** Volumes that are exported by hand are taken over with whom they are shown to: nothing but marks is written. */
import { describe, expect, it } from 'vitest';
import { changeOf, codes, createEstate, type Estate, lines, stepsOf } from './estate.ts';
import { liveMasks, maps } from './exports-support.ts';
import {
  createAnchoredEstate,
  editFabric,
  fabricText,
  hba,
  paths,
  portOf,
  showFabric,
  zoneNames,
} from './fabric-estate.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const GIB = 1024 ** 3;
const add = (estate: Estate, name: string) =>
  estate.edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' }).nativeId!;
const volumes = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'size: 1GiB']));

interface Import {
  readonly address: string;
  readonly nativeId: string;
}
const imports = (entries: readonly Import[]) =>
  `import: [${entries.map(({ address, nativeId }) => `{ address: ${address}, system: array-1, nativeId: ${nativeId} }`).join(', ')}]`;

/** What hosts and people see of the array: all but marks. */
const shown = (estate: Estate) =>
  JSON.stringify(estate.show(), (key, value: unknown) => (key === 'tag' || key === 'mark' ? undefined : value));

async function handMade(options: { readonly initiators?: readonly string[] } = {}) {
  const estate = await createEstate();
  const [a, b] = [add(estate, 'a'), add(estate, 'b')];
  const mappings = [
    { volume: a, hlu: 0 },
    { volume: b, hlu: 7 },
  ];
  const initiators = options.initiators?.map(iqn) ?? [iqn('h1')];
  const mask = estate.edit({ edit: 'add-mask', name: 'by-hand', initiators, mappings }).nativeId!;
  for (const initiator of initiators) estate.edit({ edit: 'login', initiator });
  return { estate, a, b, mask };
}

const text = (e: string, entries: readonly Import[], names = ['a', 'b']) => [
  infrastructure(),
  stack({ volumes: volumes(...names), exports: { e }, more: imports(entries) }),
];

describe('a mask that somebody made by hand', () => {
  it('is imported with its volumes as it is, numbers and sessions too, and the plan after it is empty', async () => {
    const { estate, a, b, mask } = await handMade();
    const plans = text('host: h1, volumes: [a, { volume: b, hlu: 7 }]', [
      { address: 'volume.a', nativeId: a },
      { address: 'volume.b', nativeId: b },
      { address: 'export.e', nativeId: mask },
    ]);
    const before = shown(estate);
    const plan = await estate.planned(plans);
    expect(lines(plan).filter((line) => line.includes(' s/'))).toEqual([
      'adopt s/volume.a',
      'adopt s/volume.b',
      'adopt s/export.e',
    ]);
    expect(stepsOf(plan, 's/export.e')).toEqual(['mask.mark']);
    expect(changeOf(plan, 's/export.e').children.map(({ action, kind }) => `${action} ${kind}`)).toEqual([
      'adopt exportMask',
      'adopt lunMap',
      'adopt lunMap',
    ]);
    await estate.applied(plans);
    expect(shown(estate)).toBe(before);
    expect(await maps(estate)).toEqual(['h1 a@0', 'h1 b@7']);
    expect(lines(await estate.planned(plans))).toEqual([]);

    // Ours like any other: a volume more, and everything goes at the end.
    const more = [
      infrastructure(),
      stack({ volumes: volumes('a', 'b', 'c'), exports: { e: 'host: h1, volumes: [a, b, c]' } }),
    ];
    await estate.applied(more);
    expect(await maps(estate)).toEqual(['h1 a@0', 'h1 b@7', 'h1 c@1']);
    expect((await liveMasks(estate)).length).toBe(1);
    estate.edit({ edit: 'logout', initiator: iqn('h1') });
    await estate.applied([infrastructure(), stack({ volumes: volumes('a', 'b', 'c') })]);
    expect(await maps(estate)).toEqual([]);
  });

  it('keeps what it shows beside: a volume that is not imported is neither touched nor given away', async () => {
    const { estate, a, mask } = await handMade();
    const plans = text(
      'host: h1, volumes: [a]',
      [
        { address: 'volume.a', nativeId: a },
        { address: 'export.e', nativeId: mask },
      ],
      ['a'],
    );
    const before = shown(estate);
    await estate.applied(plans);
    expect(shown(estate)).toBe(before);
    expect(lines(await estate.planned(plans))).toEqual([]);
    const c = [
      infrastructure(),
      stack({ volumes: volumes('a', 'c'), exports: { e: 'host: h1, volumes: [a, { volume: c, hlu: 7 }]' } }),
    ];
    expect(codes(await estate.plan(c))).toEqual(['COPRHD-PATH-003']);
  });

  it.each([
    [
      'volumes without their mask',
      'host: h1, volumes: [a, b]',
      ['volume.a', 'volume.b'],
      'it is mapped by by-hand, which is not imported',
    ],
    [
      'a volume that the export leaves out',
      'host: h1, volumes: [a]',
      ['volume.a', 'volume.b', 'export.e'],
      's/export.e does not show it',
    ],
    ['another host', 'host: h2, volumes: [a, b]', ['volume.a', 'volume.b', 'export.e'], 'mask by-hand admits iqn'],
    [
      'another LUN number',
      'host: h1, volumes: [a, { volume: b, hlu: 8 }]',
      ['volume.a', 'volume.b', 'export.e'],
      'is at LUN 7 on host h1, not 8',
    ],
  ])('is refused: %s', async (_what, e, addresses, why) => {
    const { estate, a, b, mask } = await handMade();
    const ids: Record<string, string> = { 'volume.a': a, 'volume.b': b, 'export.e': mask };
    const plans = text(
      e,
      addresses.map((address) => ({ address, nativeId: ids[address]! })),
    );
    const { plan, diagnostics } = await estate.plan(plans);
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ summary }) => summary).join('\n')).toContain(why);
  });

  it('that admits more than its host has is refused naming both', async () => {
    const { estate, a, b, mask } = await handMade({ initiators: ['h1', 'elsewhere'] });
    const plans = text('host: h1, volumes: [a, b]', [
      { address: 'volume.a', nativeId: a },
      { address: 'volume.b', nativeId: b },
      { address: 'export.e', nativeId: mask },
    ]);
    const { diagnostics } = await estate.plan(plans);
    expect(diagnostics.map(({ summary }) => summary).join('\n')).toMatch(
      /mask by-hand admits .*elsewhere.*, and host h1 has /,
    );
  });

  it('shows a volume by one export, not by two', async () => {
    const { estate, a, b, mask } = await handMade();
    const entries = [
      { address: 'volume.a', nativeId: a },
      { address: 'volume.b', nativeId: b },
      { address: 'export.e', nativeId: mask },
    ];
    const exports = { e: 'host: h1, volumes: [a, b]', f: 'host: h1, volumes: [a]' };
    const twice = stack({ volumes: volumes('a', 'b'), exports, more: imports(entries) });
    const { plan, diagnostics } = await estate.plan([infrastructure(), twice]);
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ summary }) => summary).join()).toContain('would be exported to h1 by s/export.e too');
  });

  it('that was changed after the plan is left alone, and is taken over once it is as it was', async () => {
    const { estate, a, b, mask } = await handMade();
    const plans = text('host: h1, volumes: [a, b]', [
      { address: 'volume.a', nativeId: a },
      { address: 'volume.b', nativeId: b },
      { address: 'export.e', nativeId: mask },
    ]);
    const plan = await estate.planned(plans);
    estate.edit({ edit: 'add-initiator', mask, initiator: iqn('h9') });
    const { outcome } = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect(outcome).toBe('partial');
    const found = () => estate.show().masks.map(({ name, tag }) => [name, tag === undefined]);
    expect(found()).toEqual([['by-hand', true]]);
    expect(codes(await estate.plan(plans))).toEqual(['COPRHD-IMPORT-001']);
    estate.edit({ edit: 'remove-initiator', mask, initiator: iqn('h9') });
    await estate.applied(plans);
    expect([found(), await maps(estate)]).toEqual([[['by-hand', false]], ['h1 a@0', 'h1 b@7']]);
  });
});

describe('masks of a cluster', () => {
  it('are imported as one export, each of them; at different numbers they are refused', async () => {
    const estate = await createEstate();
    const a = add(estate, 'a');
    const mask = (host: string, hlu: number) =>
      estate.edit({ edit: 'add-mask', name: host, initiators: [iqn(host)], mappings: [{ volume: a, hlu }] }).nativeId!;
    const [m1, m2] = [mask('h1', 3), mask('h2', 3)];
    const entries = [
      { address: 'volume.a', nativeId: a },
      { address: 'export.e', nativeId: m1 },
      { address: 'export.e', nativeId: m2 },
    ];
    const plans = text('cluster: c1, volumes: [a]', entries, ['a']);
    const before = shown(estate);
    await estate.applied(plans);
    expect(await maps(estate)).toEqual(['h1 a@3', 'h2 a@3']);
    expect(shown(estate)).toBe(before);
    expect(lines(await estate.planned(plans))).toEqual([]);

    const uneven = await createEstate();
    const b = uneven.edit({ edit: 'add-volume', name: 'a', pool: 'fast', sizeBytes: GIB, provisioning: 'thin' })
      .nativeId!;
    const at = (host: string, hlu: number) =>
      uneven.edit({ edit: 'add-mask', name: host, initiators: [iqn(host)], mappings: [{ volume: b, hlu }] }).nativeId!;
    const two = [
      { address: 'volume.a', nativeId: b },
      { address: 'export.e', nativeId: at('h1', 3) },
      { address: 'export.e', nativeId: at('h2', 4) },
    ];
    expect(codes(await uneven.plan(text('cluster: c1, volumes: [a]', two, ['a'])))).toEqual(['COPRHD-PATH-003']);
  });
});

describe('a mask over Fibre Channel', () => {
  it('is imported with the paths that are zoned and the zones that they go through, which stay whose they are', async () => {
    const estate = await createAnchoredEstate();
    const a = add(estate, 'a');
    const pairs = [
      { fabric: 'fa', initiator: hba(1, 0), port: portOf(1, 1, 1) },
      { fabric: 'fb', initiator: hba(1, 1), port: portOf(1, 2, 2) },
    ] as const;
    for (const { fabric, initiator, port } of pairs) {
      editFabric(estate, fabric, {
        edit: 'create-zone',
        zone: `hand_${fabric}`,
        members: [initiator, port],
        configuration: 'legacy',
        enable: true,
      });
    }
    const initiators = pairs.map(({ initiator }) => initiator);
    const mask = estate.edit({ edit: 'add-mask', name: 'by-hand', initiators, mappings: [{ volume: a, hlu: 5 }] })
      .nativeId!;
    const entries = [
      { address: 'volume.a', nativeId: a },
      { address: 'export.e', nativeId: mask },
    ];
    const plans = [
      fabricText(),
      stack({ volumes: volumes('a'), exports: { e: 'host: h1, volumes: [a]' }, more: imports(entries) }),
    ];
    const fabrics = () => JSON.stringify([showFabric(estate, 'fa'), showFabric(estate, 'fb')]);
    const before = [shown(estate), fabrics()];
    await estate.applied(plans);
    expect([shown(estate), fabrics()]).toEqual(before);
    expect(await maps(estate)).toEqual(['h1 a@5']);
    expect((await paths(estate)).length).toBe(2);
    expect(await zoneNames(estate)).toEqual(['hand_fa', 'hand_fb']);
    expect((await estate.records('zone')).every(({ record }) => record.spec.existing)).toBe(true);
    expect(lines(await estate.planned(plans))).toEqual([]);
    expect((await estate.run('drift', {})).outcome).toBe('ok');

    await estate.applied([fabricText(), stack({ volumes: volumes('a') })]);
    expect([await maps(estate), fabrics()]).toEqual([[], before[1]]);
  });

  it('with an initiator that no zone joins with it is refused', async () => {
    const estate = await createAnchoredEstate();
    const a = add(estate, 'a');
    const mask = estate.edit({
      edit: 'add-mask',
      name: 'by-hand',
      initiators: [hba(1, 0)],
      mappings: [{ volume: a, hlu: 5 }],
    }).nativeId!;
    const entries = [
      { address: 'volume.a', nativeId: a },
      { address: 'export.e', nativeId: mask },
    ];
    const { diagnostics } = await estate.plan([
      fabricText(),
      stack({ volumes: volumes('a'), exports: { e: 'host: h1, volumes: [a]' }, more: imports(entries) }),
    ]);
    expect(diagnostics.map(({ summary }) => summary).join()).toContain('no zone joins 10:00:00:00:00:00:01:01');
  });
});
