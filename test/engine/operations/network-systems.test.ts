/** Network systems as declared, registered and observed devices, over the simulated SAN. */
import { describe, expect, it } from 'vitest';
import type { SanTopologyInput } from '../../../drivers/simulator/san/topology.ts';
import { isLive } from '../../../src/engine/model/record.ts';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { changeOf, codes, createEstate, type Estate, lines, TIB } from '../planner/estate.ts';

const HBA = ['10:00:00:00:00:00:01:0a', '10:00:00:00:00:00:01:0b'] as const;
const PORT = ['50:00:00:00:00:00:01:0a', '50:00:00:00:00:00:01:0b'] as const;
const node = (wwpn: string) => `20${wwpn.slice(2)}`;

const sw = (fabric: string) => ({ name: `${fabric}-sw1`, domain: 1, ports: 16 });
const at = (fabric: string, port: number) => ({ fabric, switch: `${fabric}-sw1`, port });

const SAN: SanTopologyInput = {
  fabrics: ['fa', 'fb'].map((name) => ({ name, switches: [sw(name)] })),
  hosts: [
    {
      name: 'h1',
      iqn: 'iqn.2026-01.io.coprhd:h1',
      hbas: HBA.map((wwpn, i) => ({ name: `hba${i}`, wwpn, wwnn: node(wwpn), to: at(i === 0 ? 'fa' : 'fb', 1) })),
    },
  ],
  arrayPorts: PORT.map((wwpn, i) => ({
    ...{ array: 'sim-1', port: `FC-${i + 1}`, wwpn, wwnn: node(wwpn) },
    to: at(i === 0 ? 'fa' : 'fb', 0),
  })),
};

const estateWithSan = (): Promise<Estate> =>
  createEstate({
    san: SAN,
    arrays: [
      {
        pools: [{ name: 'fast', totalBytes: TIB }],
        ports: PORT.map((address, i) => ({ name: `FC-${i + 1}`, address, haDomain: `SP-${i}` })),
      },
    ],
  });

interface Text {
  readonly a?: string;
  readonly b?: string;
  readonly systems?: string;
  readonly more?: string;
}

const system = (fabric: string, more = ', mode: manage, scope: { fabrics: [net-a, net-b] }') =>
  `{ driver: simulator, configuration: { directory: /arrays, fabric: ${fabric} }${more} }`;

const text = ({
  a = 'networkSystem: sw-a, configuration: PROD',
  b = 'networkSystem: sw-b, configuration: PROD',
  systems = `  sw-a: ${system('fa')}\n  sw-b: ${system('fb')}`,
  more = '',
}: Text = {}) =>
  [
    'kind: infrastructure',
    'networkSystems:',
    systems,
    'networks:',
    `  net-a: { transport: fc, ${a} }`,
    `  net-b: { transport: fc, ${b} }`,
    more,
    '',
  ].join('\n');

const endpoints = async (estate: Estate) => {
  const names = new Map((await estate.records('network')).map(({ record }) => [record.urn, record.name]));
  return (await estate.records('endpoint'))
    .filter(({ record }) => isLive(record))
    .map(({ record: { spec } }) => [names.get(spec.network), spec.portName, spec.declared, spec.discovered ?? false])
    .sort();
};

const SEEN = [
  ['net-a', HBA[0], false, true],
  ['net-a', PORT[0], false, true],
  ['net-b', HBA[1], false, true],
  ['net-b', PORT[1], false, true],
];

async function refusal(work: Promise<unknown>): Promise<OperationError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return error;
}

describe('a declared network system', () => {
  it('is registered with who it is, and its networks with who is logged in; the second plan is empty', async () => {
    const estate = await estateWithSan();
    const plan = await estate.planned(text());
    expect(changeOf(plan, 'infrastructure/networkSystem.sw-a')).toMatchObject({
      action: 'create',
      facts: { model: 'Simulated fabric', mode: 'manage', fabrics: 'fa' },
    });
    await estate.applied(text());
    const { record } = await estate.record('networkSystem', 'sw-a');
    expect(record.status.identity).toMatchObject({ model: 'Simulated fabric', reviewedMode: 'manage' });
    expect(record.spec).toMatchObject({ mode: 'manage', scope: { fabrics: ['net-a', 'net-b'] } });
    expect((await estate.record('network', 'net-a')).record.spec).toMatchObject({
      networkSystem: record.urn,
      configuration: 'PROD',
    });
    expect(await endpoints(estate)).toEqual(SEEN);
    expect(lines(await estate.planned(text()))).toEqual([]);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('that is not read whole is not registered, and nothing of its network', async () => {
    const estate = await estateWithSan();
    estate.takeDown('fa');
    const planned = await estate.plan(text());
    expect(codes(planned)).toEqual(['COPRHD-DEVICE-001']);
    expect(planned.diagnostics[0]).toMatchObject({
      summary: "network system sw-a can't be registered: it was not read whole",
      detail: 'fa does not answer',
      span: { file: 'infrastructure.yaml', line: 3 },
    });
    estate.bringUp('fa');
    estate.wrapNetwork = (network) => ({
      ...network,
      listZones: async (ctx, fabric, page) => ({ ...(await network.listZones(ctx, fabric, page)), complete: false }),
    });
    expect((await estate.plan(text())).diagnostics[0]?.detail).toContain('zones not read whole');
  });

  it('keeps nothing back when it is down later, and is never another device', async () => {
    const estate = await estateWithSan();
    await estate.applied(text());
    estate.takeDown('fa');
    expect(lines(await estate.planned(text()))).toEqual([]);
    const moved = text({ systems: `  sw-a: ${system('fx')}\n  sw-b: ${system('fb')}` });
    expect(codes(await estate.plan(moved))).toEqual(['COPRHD-DEVICE-001']);
    estate.bringUp('fa');
    const swapped = text({ systems: `  sw-a: ${system('fb')}\n  sw-b: ${system('fb')}` });
    expect(codes(await estate.plan(swapped))).toContain('COPRHD-DEVICE-005');
  });

  it('is registered once', async () => {
    const estate = await estateWithSan();
    await estate.applied(text());
    const again = `kind: infrastructure\nstack: more\nnetworkSystems:\n  sw-c: ${system('fa')}\n`;
    expect(codes(await estate.plan(again))).toContain('COPRHD-STATE-006');
  });

  it('has its configuration checked by its driver, and the driver must be for network systems', async () => {
    const estate = await estateWithSan();
    const wrong = text({
      systems: `  sw-a: { driver: simulator, configuration: { directory: /x } }\n  sw-b: { driver: tgt }`,
    });
    const { diagnostics } = await estate.run('validate', { texts: [{ file: 'a.yaml', text: wrong }], variables: {} });
    expect(diagnostics.map(({ code, summary, span }) => [code, span?.line, summary])).toEqual([
      ['COPRHD-DEVICE-004', 3, 'configuration of network system sw-a: fabric: it is missing (a text)'],
      ['COPRHD-DEVICE-003', 4, 'driver tgt is for a block-array, not for a network system'],
    ]);
  });

  it('without a scope may change nothing, and what it has not can not be in one', async () => {
    const estate = await estateWithSan();
    const systems = `  sw-a: ${system('fa', ', mode: manage')}\n  sw-b: ${system('fb', ', scope: { fabrics: [fb, nowhere], vsans: [7] }')}`;
    const { diagnostics } = await estate.plan(text({ systems }));
    expect(diagnostics.map(({ code, summary }) => [code, summary])).toEqual([
      ['COPRHD-HELD-007', 'network system sw-a has no scope: nothing may be changed on it'],
      ['COPRHD-DEVICE-004', 'network system sw-b has no fabric or network nowhere'],
      ['COPRHD-DEVICE-004', 'network system sw-b has no VSAN 7'],
    ]);
  });
});

describe('a network of a network system', () => {
  it('must be one of its fabrics, and those that there are are named', async () => {
    const estate = await estateWithSan();
    const missing = 'networkSystem: sw-a, fabric: FID128, configuration: PROD';
    const planned = await estate.plan(text({ a: missing }));
    expect(planned.diagnostics).toMatchObject([
      {
        code: 'COPRHD-ZONE-005',
        summary: 'network system sw-a does not show infrastructure/network.net-a: it has no fabric FID128',
        detail: expect.stringMatching(/^it shows fa \([0-9a-f:]{23}\)$/),
        span: { line: 6 },
      },
    ]);
    await estate.applied(text({ a: 'networkSystem: sw-a, fabric: fa, configuration: PROD' }));
  });

  it('is a fabric alone: the same one twice is refused', async () => {
    const estate = await estateWithSan();
    const planned = await estate.plan(text({ b: 'networkSystem: sw-a, configuration: PROD' }));
    expect(codes(planned)).toEqual(['COPRHD-STATE-006']);
    expect(planned.diagnostics[0]?.summary).toContain('is the same fabric as network net-a');
  });

  it('keeps a port that is declared elsewhere, and says so', async () => {
    const estate = await estateWithSan();
    const declared = `endpoints: ["${HBA[0]}"]`;
    const other = text({ more: `  net-c: { transport: fc, ${declared} }` });
    const plan = await estate.planned(other);
    expect(plan.diagnostics).toMatchObject([
      { code: 'COPRHD-STATE-006', severity: 'warning', summary: expect.stringContaining(`${HBA[0]} is logged in to`) },
    ]);
    await estate.applied(other);
    expect((await endpoints(estate)).filter(([, port]) => port === HBA[0])).toEqual([['net-c', HBA[0], true, false]]);
  });

  it('that has declared a port is told when it is logged in there, and no longer declaring it changes nothing', async () => {
    const estate = await estateWithSan();
    const a = `networkSystem: sw-a, configuration: PROD, endpoints: ["${HBA[0]}"]`;
    await estate.applied(text({ a }));
    expect(await endpoints(estate)).toEqual([['net-a', HBA[0], true, true], ...SEEN.slice(1)]);
    await estate.applied(text());
    expect(await endpoints(estate)).toEqual(SEEN);
  });

  it('is not looked at where nobody needs it', async () => {
    const estate = await estateWithSan();
    await estate.applied(text());
    estate.networksUsed.length = 0;
    await estate.applied('kind: infrastructure\nstack: more\nprojects: { q: {} }\n');
    expect(estate.networksUsed).toEqual([]);
  });

  it('is not used for hosts whose initiators are in another fabric', async () => {
    const estate = await estateWithSan();
    const host = (network: string) =>
      `hosts:\n  h1: { type: linux, initiators: [{ wwpn: "${HBA[0]}", network: ${network} }] }`;
    expect(codes(await estate.plan(text({ more: host('net-b') })))).toEqual(['COPRHD-STATE-006']);
    await estate.applied(text({ more: host('net-a') }));
    estate.networksUsed.length = 0;
    const changed = `kind: infrastructure\nstack: hosts\nhosts:\n  h1: { existing: true }\n`;
    await estate.applied(changed);
    expect(estate.networksUsed).toEqual([]);
  });
});

describe('what was seen of a network system', () => {
  it('is kept by apply, so that a plan with --refresh none looks at nothing; without it, it says what is missing', async () => {
    const estate = await estateWithSan();
    await estate.applied(text());
    estate.networksUsed.length = 0;
    const plan = await estate.planned(text(), { refresh: 'none' });
    expect(estate.networksUsed).toEqual([]);
    expect(plan.basis.kept).toMatchObject({ 'sw-a': expect.any(Number) });
    const fresh = await estateWithSan();
    const error = await refusal(fresh.plan(text(), { refresh: 'none' }));
    expect(error.diagnostics.map(({ code, summary }) => [code, summary.split(':')[0]])).toEqual([
      ['COPRHD-DEVICE-009', 'network system sw-a would have to be looked at'],
      ['COPRHD-DEVICE-009', 'network system sw-b would have to be looked at'],
    ]);
  });
});
