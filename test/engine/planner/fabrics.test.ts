/** Fibre Channel networks: their endpoints, and which storage systems a virtual array has through them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLive } from '../../../src/engine/model/record.ts';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { changeOf, codes, createEstate, type Estate, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const wwpn = (fabric: number, number: number) =>
  [0x50, fabric, 0, 0, 0, 0, number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

/** Each array has a port in each of two fabrics; the first's are 50:01:...:01 and 50:02:...:01. */
const estateOf = (arrays: number, portals: readonly string[] = []): Promise<Estate> =>
  createEstate({
    arrays: Array.from({ length: arrays }, (_, i) => ({
      name: `sim-${i + 1}`,
      pools: [{ name: 'fast', totalBytes: TIB }],
      ports: [
        ...[1, 2].map((fabric) => ({ name: `FC-${fabric}`, address: wwpn(fabric, i + 1), haDomain: `SP-${fabric}` })),
        ...portals.map((address) => ({ name: 'ETH-1', address, haDomain: 'SP-1' })),
      ],
    })),
  });

const systems = (count: number) => Array.from({ length: count }, (_, i) => `array-${i + 1}`);

interface Fabrics {
  readonly a?: readonly string[];
  readonly b?: readonly string[];
  readonly more?: string;
  readonly arrays?: number;
  /** Networks of virtual array dc1. */
  readonly networks?: string;
}

/** Virtual array dc1 names no storage systems; gold wants Fibre Channel. */
const text = ({ a = [], b = [], more = '', arrays = 3, networks = 'fabric-a, fabric-b' }: Fabrics) =>
  infrastructure({ arrays: systems(arrays), hosts: {}, clusters: {}, paths: '{ min: 1, max: 2 }', more })
    .replace(
      'networks:\n',
      `networks:\n  fabric-a: { transport: fc, endpoints: [${a.join(', ')}] }\n  fabric-b: { transport: fc, endpoints: [${b.join(', ')}] }\n`,
    )
    .replace(/dc1: \{.*\}/, `dc1: { networks: [${networks}] }`)
    .replaceAll('protocols: [iscsi]', 'protocols: [fc]');

const volumes = (count: number, name = 's') =>
  stack({
    stack: name,
    volumes: Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, 'size: 1GiB'])),
  });

async function placedOn(estate: Estate): Promise<string[]> {
  const names = new Map((await estate.records('storageSystem')).map(({ record }) => [record.urn, record.name]));
  const found = (await estate.records('volume')).map(({ record }) => names.get(record.status.device!.system)!);
  return [...new Set(found)].sort();
}

const endpoints = async (estate: Estate) =>
  (await estate.records('endpoint'))
    .filter(({ record }) => isLive(record))
    .map(({ record }) => record.spec.portName)
    .sort();

async function shown(estate: Estate, address: string): Promise<Record<string, unknown>> {
  const { resources } = await estate.run('show', { address });
  return resources[0]!.attributes as Record<string, unknown>;
}

describe('a virtual array on two fabrics', () => {
  it('has the storage systems of whose ports a WWPN is in one of them, of the same plan or recorded', async () => {
    const estate = await estateOf(3);
    const infra = text({ a: [wwpn(1, 1), wwpn(9, 9)], b: [wwpn(2, 3)] });
    await estate.applied([infra, volumes(6)]);
    expect(await placedOn(estate)).toEqual(['array-1', 'array-3']);
    expect(lines(await estate.planned([infra, volumes(6)]))).toEqual([]);
    await estate.applied(volumes(3, 't'));
    expect(await placedOn(estate)).toEqual(['array-1', 'array-3']);
    const { pools } = await estate.run('pool.list', {});
    const inArray = pools.filter(({ virtualArrays }) => virtualArrays.includes('dc1'));
    expect(inArray.map(({ system }) => system)).toEqual(['array-1', 'array-3']);
    const { pools: fitting } = await estate.run('pool.fit', { virtualPool: 'gold' });
    const missing = fitting.find(({ pool }) => pool === 'array-2/fast');
    expect(missing).toMatchObject({ fits: false, misses: [{ filter: 'virtual-array' }] });
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('gains and loses them with the endpoints, and with its networks', async () => {
    const estate = await estateOf(2);
    const both = { a: [wwpn(1, 1)], b: [wwpn(2, 2)], arrays: 2 };
    await estate.applied([text({ ...both, networks: 'fabric-a' }), volumes(4)]);
    expect(await placedOn(estate)).toEqual(['array-1']);
    await estate.applied([text({ ...both, networks: 'fabric-b' }), volumes(4), volumes(2, 't')]);
    expect(await placedOn(estate)).toEqual(['array-1', 'array-2']);
    const none = await estate.plan([text({ arrays: 2 }), volumes(1, 'u')]);
    expect(codes(none)).toContain('COPRHD-PLACE-001');
  });

  it('that is declared over what is recorded has its systems looked at in the same plan', async () => {
    const estate = await estateOf(2);
    await estate.applied(text({ arrays: 2 }));
    const second = [
      'kind: infrastructure',
      'stack: more',
      `networks: { fabric-c: { transport: fc, endpoints: [${wwpn(1, 2)}] } }`,
      'virtualArrays: { dc2: { networks: [fabric-c] } }',
      'virtualPools: { silver: { type: block, protocols: [fc], virtualArrays: [dc2], paths: { min: 1, max: 1 } } }',
      '',
    ].join('\n');
    await estate.applied([second, stack({ stack: 't', volumes: { y: 'virtualPool: silver, virtualArray: dc2' } })]);
    expect(await placedOn(estate)).toEqual(['array-2']);
  });

  it('shares a storage system with another one that has the other fabric', async () => {
    const estate = await estateOf(1);
    const infra = text({ a: [wwpn(1, 1)], b: [wwpn(2, 1)], networks: 'fabric-a', arrays: 1 }).replace(
      'virtualPools:',
      '  dc2: { networks: [fabric-b] }\nvirtualPools:',
    );
    await estate.applied(infra);
    const { pools } = await estate.run('pool.list', {});
    expect(pools.map(({ virtualArrays }) => virtualArrays)).toEqual([['dc1', 'dc2']]);
  });

  it('never gets a volume onto a system without a port in its networks, in whatever order all is written', async () => {
    const numbers = fc.subarray([1, 2, 3, 4], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(numbers, numbers, fc.boolean(), fc.boolean(), async (inA, inB, backwards, filesBackwards) => {
        const estate = await estateOf(4);
        const lists = { a: inA.map((number) => wwpn(1, number)), b: inB.map((number) => wwpn(2, number)) };
        const turned = { a: [...lists.a].reverse(), b: [...lists.b].reverse() };
        const infra = (each: typeof lists) => text({ ...each, arrays: 4 });
        const texts = [infra(backwards ? turned : lists), volumes(8)];
        await estate.applied(filesBackwards ? [...texts].reverse() : texts);
        const reached = new Set([...inA, ...inB].map((number) => `array-${number}`));
        const onto = await placedOn(estate);
        expect(onto.length).toBeGreaterThan(0);
        expect(onto.every((name) => reached.has(name))).toBe(true);
        // The other order is the same declaration.
        expect(lines(await estate.planned([infra(backwards ? lists : turned), volumes(8)]))).toEqual([]);
      }),
      { numRuns: 12, seed: Number(process.env.SEED ?? 1) },
    );
  }, 60_000);

  it('is heard of by why-not, whatif and audit', async () => {
    const estate = await estateOf(2);
    await estate.applied([text({ a: [wwpn(1, 1)], b: [wwpn(2, 1)], arrays: 2 }), volumes(1)]);
    const { whatIf } = await estate.run('whatif', { lose: ['array-1'] });
    expect(whatIf).toMatchObject({ fits: false, counts: { refused: 1 } });
    const whyNot = await estate.run('why-not', { address: 's/volume.s0', pool: 'array-2/fast' });
    expect(JSON.stringify(whyNot)).toContain('dc1');
    const { findings } = await estate.run('audit', { refresh: 'full' });
    const lost = findings.filter(({ check }) => check === 'port-without-network');
    expect(lost.map(({ system, object }) => `${system} ${object}`)).toEqual(['array-2 FC-1', 'array-2 FC-2']);
    expect(lost[0]?.evidence.networks).toEqual(['fabric-a (1 endpoint)', 'fabric-b (1 endpoint)']);
  });
});

describe('endpoints of a network', () => {
  it('may be 5,000: planned, applied, shown, changed by one, and nothing left to do', async () => {
    const estate = await estateOf(1);
    const many = Array.from({ length: 5_000 }, (_, i) => wwpn(0x10, i + 1));
    const infra = (a: readonly string[]) => text({ a, b: [wwpn(2, 1)], arrays: 1 });
    await estate.applied(infra(many));
    expect(lines(await estate.planned(infra([...many].reverse())))).toEqual([]);
    expect((await shown(estate, 'network.fabric-a')).endpoints).toHaveLength(5_000);
    const plan = await estate.planned(infra([...many.slice(1), wwpn(1, 1)]));
    expect(changeOf(plan, 'infrastructure/network.fabric-a').children).toMatchObject([
      { kind: 'endpoint', action: 'create', summary: wwpn(1, 1) },
      { kind: 'endpoint', action: 'delete', summary: many[0] },
    ]);
    expect(plan.units.map(({ writes }) => writes.length)).toEqual([3]);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  }, 120_000);

  it('end with their network, and are listed only when they are asked for', async () => {
    const estate = await estateOf(1);
    await estate.applied(text({ a: [wwpn(1, 1)], b: [wwpn(2, 1)], arrays: 1 }));
    expect((await estate.run('state.list', {})).resources.filter(({ kind }) => kind === 'endpoint')).toEqual([]);
    expect((await estate.run('state.list', { kind: 'endpoint' })).resources).toHaveLength(2);
    const without = text({ a: [wwpn(1, 1)], arrays: 1, networks: 'fabric-a' }).replace(/ {2}fabric-b: .*\n/, '');
    expect(lines(await estate.planned(without))).toEqual([
      'update infrastructure/virtualArray.dc1',
      'delete infrastructure/network.fabric-b',
    ]);
    await estate.applied(without);
    expect(await endpoints(estate)).toEqual([wwpn(1, 1)]);
    // And the WWPN is free for another network.
    await estate.applied(text({ a: [wwpn(1, 1), wwpn(2, 1)], arrays: 1 }));
    expect(await endpoints(estate)).toEqual([wwpn(1, 1), wwpn(2, 1)]);
  });

  it('that a switch has shown stay when a file takes them back, and are declared again as the same ones', async () => {
    const estate = await estateOf(1);
    const with1 = text({ a: [wwpn(1, 1)], arrays: 1 });
    await estate.applied(with1);
    const [found] = await estate.records('endpoint');
    await estate.put({ ...found!.record, spec: { ...found!.record.spec, discovered: true } }, found);
    await estate.applied(text({ arrays: 1 }));
    const [kept] = await estate.records('endpoint');
    expect(kept?.record).toMatchObject({ urn: found?.record.urn, spec: { declared: false, discovered: true } });
    expect(await shown(estate, 'network.fabric-a')).toMatchObject({
      endpoints: [wwpn(1, 1)],
      discoveredEndpoints: [wwpn(1, 1)],
    });
    expect(lines(await estate.planned(text({ arrays: 1 })))).toEqual([]);
    await estate.applied(with1);
    expect((await estate.record('endpoint', wwpn(1, 1))).record).toMatchObject({
      urn: found?.record.urn,
      spec: { declared: true, discovered: true },
    });
  });

  it('are in one network: one that is recorded in another is refused with both', async () => {
    const estate = await estateOf(1);
    await estate.applied(text({ a: [wwpn(1, 1)], arrays: 1 }));
    const other = `kind: infrastructure\nstack: other\nnetworks:\n  fabric-c: { transport: fc, endpoints: [${wwpn(1, 1)}] }\n`;
    const result = await estate.plan(other);
    expect(codes(result)).toEqual(['COPRHD-STATE-006']);
    expect(result.diagnostics[0]).toMatchObject({
      summary: `${wwpn(1, 1)} can't be an endpoint of other/network.fabric-c`,
      detail: expect.stringContaining('infrastructure/network.fabric-a (infrastructure.yaml)'),
      span: { line: 4 },
    });
    // Moved within one file, too: it leaves first.
    expect(codes(await estate.plan(text({ b: [wwpn(1, 1)], arrays: 1 })))).toEqual(['COPRHD-STATE-006']);
  });

  it('say of which network an initiator is', async () => {
    const estate = await estateOf(1);
    const host = (network: string) =>
      `kind: infrastructure\nstack: hosts\nhosts:\n  h: { type: linux, initiators: [{ wwpn: "${wwpn(3, 1)}", network: ${network} }] }\n`;
    await estate.applied(text({ a: [wwpn(3, 1)], arrays: 1 }));
    expect(codes(await estate.plan(host('fabric-b')))).toEqual(['COPRHD-STATE-006']);
    await estate.applied(host('fabric-a'));
    await estate.applied(text({ arrays: 1 }));
    const result = await estate.plan(text({ b: [wwpn(3, 1)], arrays: 1 }));
    expect(codes(result)).toEqual(['COPRHD-STATE-006']);
    expect(result.diagnostics[0]?.detail).toContain('hosts/host.h');
    // Both at once is no contradiction.
    await estate.applied([text({ b: [wwpn(3, 1)], arrays: 1 }), host('fabric-b')]);
  });
});

describe('ports for a host on Fibre Channel', () => {
  const host = (...networks: readonly string[]) =>
    networks.map((name, i) => `{ wwpn: "${wwpn(3, i + 1)}", network: ${name} }`).join(', ');
  const exported = async (estate: Estate, fabrics: Fabrics, initiators: string) => {
    const infra = text({ arrays: 1, ...fabrics })
      .replace('projects:', `hosts:\n  h: { type: linux, initiators: [${initiators}] }\nprojects:`)
      .replace(/dc1: \{.*\}/, 'dc1: { networks: [fabric-a, fabric-b], storageSystems: [array-1] }');
    await estate.applied([infra, volumes(1)]);
    return estate.plan(stack({ volumes: { s0: 'size: 1GiB' }, exports: { e: 'host: h, volumes: [s0]' } }));
  };

  it('are those of the fabrics that its initiators are in; with too few it is said where, and how many there are', async () => {
    const estate = await estateOf(1, ['10.0.1.10:3260']);
    const few = await exported(estate, { a: [wwpn(9, 9)], b: [wwpn(2, 1)] }, host('fabric-a'));
    expect(codes(few)).toEqual(['COPRHD-PATH-001']);
    expect(few.diagnostics[0]?.summary).toContain('fabric-a');
  });

  it('are enough where one of its fabrics has them; that nobody zones them is said', async () => {
    const both = await exported(
      await estateOf(1, ['10.0.1.10:3260']),
      { a: [wwpn(9, 9)], b: [wwpn(2, 1)] },
      host('fabric-a', 'fabric-b'),
    );
    expect(both.diagnostics.map(({ severity, code }) => [severity, code])).toContainEqual([
      'warning',
      'COPRHD-PATH-006',
    ]);
    expect(both.plan?.changes.find(({ address }) => address.endsWith('export.e'))?.children).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'path' })]),
    );
  });
});

describe('port list', () => {
  it('says in which networks a port is, and which virtual arrays have it by those', async () => {
    const estate = await estateOf(2, ['10.0.0.1:3260']);
    await estate.applied(text({ a: [wwpn(1, 1), wwpn(1, 2)], b: [wwpn(2, 1)], arrays: 2 }));
    const { ports } = await estate.run('port.list', { system: 'array-1' });
    const shown = ports.map(({ name, networks, virtualArrays }) => [name, networks.join(), virtualArrays.join()]);
    expect(shown).toEqual([
      ['array-1/ETH-1', 'san', ''],
      ['array-1/FC-1', 'fabric-a', 'dc1'],
      ['array-1/FC-2', 'fabric-b', 'dc1'],
    ]);
    const other = (await estate.run('port.list', {})).ports.filter(({ system }) => system === 'array-2');
    expect(other.map(({ networks }) => networks.join())).toEqual(expect.arrayContaining(['fabric-a', '']));
    await expect(estate.run('port.list', { system: 'nope' })).rejects.toThrow(/nope/);
  });
});

describe('ports that hosts of a virtual array do not reach', () => {
  it('are no paths: a storage system with too few in its networks gets no volume that needs more', async () => {
    const estate = await estateOf(2);
    // array-1 has one port in them, array-2 has two.
    const file = text({ a: [wwpn(1, 1), wwpn(1, 2)], b: [wwpn(2, 2)], arrays: 2 }).replace(
      '{ min: 1, max: 2 }',
      '{ min: 2, max: 2 }',
    );
    await estate.applied([file, volumes(6)]);
    expect(await placedOn(estate)).toEqual(['array-2']);
    const { pools } = await estate.run('pool.fit', { virtualPool: 'gold' });
    expect(pools.filter(({ fits }) => fits).map(({ pool }) => pool.split('/')[0])).toEqual(['array-2']);
  });
});
