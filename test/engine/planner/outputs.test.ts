import { describe, expect, it } from 'vitest';
import { codes, createEstate, GIB } from './estate.ts';
import { infrastructure, sourceOf, stack } from './texts.ts';

const outputs = `outputs:
  wwn: "\${volume.a.wwn}"
  where: { value: "\${volume.a.system}/\${volume.a.pool}", description: array and pool }
  lines: [size, "\${volume.a.sizeBytes}", { of: "\${volume.a.name}" }]
  luns: "\${export.e.luns}"
  targets: { names: "\${export.e.targetNames}", portals: "\${export.e.portals}" }
  fixed: "no reference"`;
const texts = [
  infrastructure(),
  stack({ volumes: { a: null, b: null }, exports: { e: 'host: h1, volumes: [a, b]' }, more: outputs }),
];
const valuesOf = (list: readonly { name: string; value?: unknown }[] = []) =>
  Object.fromEntries(list.map(({ name, value }) => [name, value]));

describe('outputs', () => {
  it('are what is known already in a plan, and all of it after the apply', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(texts);
    expect(plan.outputs?.map(({ name, unknown }) => [name, unknown])).toEqual([
      ['wwn', ['${volume.a.wwn}']],
      ['where', ['${volume.a.system}', '${volume.a.pool}']],
      ['lines', undefined],
      ['luns', undefined],
      ['targets', ['${export.e.targetNames}']],
      ['fixed', undefined],
    ]);
    const applied = valuesOf((await estate.applied(texts)).outputs);
    const { wwn } = (await estate.record('volume', 'a')).record.status.device!;
    const { targetName } = (await estate.records('exportMask'))[0]!.record.status.device!;
    expect(applied).toEqual({
      wwn,
      where: 'array-1/fast',
      lines: ['size', 10 * GIB, { of: 'a' }],
      luns: { a: 1, b: 2 },
      targets: { names: [targetName], portals: [expect.stringContaining(':3260'), expect.stringContaining(':3260')] },
      fixed: 'no reference',
    });
    const again = await estate.planned(texts);
    expect(again.changes).toEqual([]);
    expect(valuesOf(again.outputs)).toEqual(applied);
  });

  it('are read from the records without a plan and without the device', async () => {
    const estate = await createEstate();
    const before = await estate.run('output', sourceOf(texts));
    expect(before.outputs.find(({ name }) => name === 'wwn')?.unknown).toEqual(['${volume.a.wwn}']);
    const applied = await estate.applied(texts);
    estate.takeDown('sim-1');
    expect((await estate.run('output', sourceOf(texts))).outputs).toEqual(applied.outputs);
    const one = await estate.run('output', { ...sourceOf(texts), name: 's/WWN' });
    expect(one.outputs).toEqual(applied.outputs?.slice(0, 1));
    await expect(estate.run('output', { ...sourceOf(texts), name: 'wnw' })).rejects.toThrow('no output wnw');
  });

  it('can not name what the plan removes', async () => {
    const estate = await createEstate();
    await estate.applied(texts);
    const without = stack({ more: 'outputs: { wwn: "${volume.a.wwn}" }' });
    expect(codes(await estate.plan([infrastructure(), without]))).toContain('COPRHD-CONFIG-005');
  });
});

describe('volumes by a pattern', () => {
  const withVolumes = (...names: string[]) => [
    infrastructure(),
    stack({
      volumes: Object.fromEntries(names.map((name) => [name, null])),
      exports: { e: 'host: h1, volumes: [{ match: "data-*", hlu: 10.. }]' },
    }),
  ];
  const luns = async (estate: Awaited<ReturnType<typeof createEstate>>) =>
    Object.fromEntries(
      (await estate.records('lunMap'))
        .filter(({ record }) => record.status.phase !== 'deleted')
        .map(({ record }) => [record.name, record.spec.hlu]),
    );

  it('are exported from the given number up, and keep their numbers when others come', async () => {
    const estate = await createEstate();
    await estate.applied(withVolumes('data-2', 'data-4', 'log'));
    expect(await luns(estate)).toEqual({ 'data-2@h1': 10, 'data-4@h1': 11 });
    await estate.applied(withVolumes('data-1', 'data-2', 'data-3', 'data-4', 'log'));
    expect(await luns(estate)).toEqual({ 'data-1@h1': 12, 'data-2@h1': 10, 'data-3@h1': 13, 'data-4@h1': 11 });
    expect((await estate.planned(withVolumes('data-1', 'data-2', 'data-3', 'data-4', 'log'))).changes).toEqual([]);
  });

  it('stay exported when the file of some of them is not given', async () => {
    const estate = await createEstate();
    const more = (name: string) => stack({ volumes: { [name]: null } });
    const files = {
      'infrastructure.yaml': withVolumes()[0]!,
      's.yaml': withVolumes('data-1')[1]!,
      'more.yaml': more('data-2'),
    };
    await estate.applied(files);
    const { 'more.yaml': _more, ...fewer } = files;
    const plan = await estate.planned(fewer);
    expect(plan.changes.map(({ action, address }) => [action, address])).toEqual([['held', 's/volume.data-2']]);
  });
});
