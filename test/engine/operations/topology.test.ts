/** `topo` on two simulated fabrics: what is drawn of a host, an export, a network, and what a plan changes. */
import { describe, expect, it } from 'vitest';
import type { TopologyHost, TopologyInput } from '../../../src/engine/operations/connectivity-types.ts';
import { topologyView } from '../../../src/views/topology.ts';
import { topologyDot } from '../../../src/views/topology-dot.ts';
import { svgOf } from '../../../src/views/topology-svg.ts';
import { expectGolden } from '../../views/golden.ts';
import type { Estate } from '../planner/estate.ts';
import { fabricText } from '../planner/fabric-estate.ts';
import { exportedEstate, unchangedEstate, WEB, web } from './connectivity.ts';

const style = { width: 100, color: false, nowMs: 0 };
const golden = (name: string, lines: readonly string[]) => expectGolden(name, `${lines.join('\n')}\n`);

async function drawn(estate: Estate, input: TopologyInput) {
  const result = await estate.run('topo', input);
  return { result, topology: result.topology!, hosts: result.topology!.hosts };
}

const pathsOf = (hosts: readonly TopologyHost[]) =>
  hosts.flatMap(({ initiators }) => initiators.flatMap(({ paths }) => paths));

describe('topo', () => {
  it('draws a host from its initiators to its LUNs', async () => {
    const estate = await unchangedEstate();
    const { result } = await drawn(estate, { host: 'h1' });
    expect(result.diagnostics).toEqual([]);
    golden('topo-host.txt', topologyView.human(result, style));
    golden('topo-host.dot', topologyDot(result.topology!).lines);
  });

  it('draws initiators that have no path', async () => {
    const estate = await unchangedEstate();
    const { hosts, result } = await drawn(estate, { host: 'h3' });
    expect(hosts[0]!.initiators.map(({ at, paths }) => [at?.switch, paths])).toEqual([
      ['fa-sw1', []],
      ['fb-sw1', []],
    ]);
    expect(topologyView.human(result, style).join('\n')).toContain('on the fabric at fa-sw1 port 1, no path');
  });

  it('draws of an export only what it maps, and of a network only what goes through it', async () => {
    const estate = await exportedEstate();
    await estate.applied([
      fabricText(),
      web(['a', 'b', 'c'], { e: 'cluster: c1, volumes: [a, b]', f: 'host: h1, volumes: [c]' }),
    ]);
    const { hosts } = await drawn(estate, { export: 'web/export.f' });
    expect(hosts.map(({ name, masks }) => [name, masks.flatMap(({ luns }) => luns.map(({ hlu }) => hlu))])).toEqual([
      ['h1', [3]],
    ]);
    expect(pathsOf(hosts).map(({ hlus }) => hlus)).toEqual(['3', '3', '3', '3']);
    const network = await drawn(estate, { network: 'net-a' });
    expect(network.hosts.map(({ name }) => name)).toEqual(['h1', 'h2']);
    expect([...new Set(pathsOf(network.hosts).map((path) => path.network))]).toEqual(['net-a']);
  });

  it('says what is not known where devices are down, and draws what is recorded', async () => {
    const estate = await exportedEstate();
    for (const device of ['sim-1', 'fa', 'fb']) estate.takeDown(device);
    const { result, hosts } = await drawn(estate, { host: 'h1', refresh: 'full' });
    expect(result.diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(
      Array.from({ length: 3 }, () => 'warning COPRHD-DEVICE-001'),
    );
    expect(pathsOf(hosts).map(({ login, zoned }) => `${login} ${zoned}`)).toEqual(
      Array.from({ length: 4 }, () => 'unknown unknown'),
    );
  });

  it('is refused for what is not recorded', async () => {
    const estate = await unchangedEstate();
    await expect(drawn(estate, { network: 'nowhere' })).rejects.toThrow(/nowhere/);
    await expect(drawn(estate, { export: 'infrastructure/host.h1' })).rejects.toThrow(/h1 is not of kind export/);
  });
});

describe('topo of a plan', () => {
  it('marks what it adds: a host with all of its paths and zones, a LUN of another one', async () => {
    const estate = await exportedEstate();
    const plan = await estate.planned([
      fabricText(),
      web(['a', 'b', 'c'], {
        e: 'cluster: c1, volumes: [a, b]',
        f: 'host: h3, volumes: [c]',
        g: 'host: h1, volumes: [c], sharedAccess: cluster-aware',
      }).replace('f: { host: h3', 'f: { sharedAccess: cluster-aware, host: h3'),
    ]);
    for (const device of ['sim-1', 'fa', 'fb']) estate.takeDown(device);
    const { result } = await drawn(estate, { plan });
    golden('topo-plan-adding.txt', topologyView.human(result, style));
    golden('topo-plan-adding.dot', topologyDot(result.topology!).lines);
  });

  it('marks what it removes, and leaves what stays', async () => {
    const estate = await unchangedEstate();
    const plan = await estate.planned([fabricText(), web(['a', 'b', 'c'], { e: 'host: h1, volumes: [a]' })], {
      attestOffline: 'anna',
    });
    const { result, hosts } = await drawn(estate, { plan });
    golden('topo-plan-removing.txt', topologyView.human(result, style));
    const [h1, h2] = hosts;
    expect(pathsOf([h1!]).map(({ change }) => change)).toEqual(Array.from({ length: 4 }, () => undefined));
    expect(h1!.masks[0]!.luns.map(({ hlu, change }) => [hlu, change])).toEqual([
      [1, undefined],
      [2, '-'],
    ]);
    expect(pathsOf([h2!]).flatMap(({ change, zones }) => [change, ...zones.map((zone) => zone.change)])).toEqual(
      Array.from({ length: 8 }, () => '-'),
    );
  });

  it('that changes no connection has nothing to draw', async () => {
    const estate = await unchangedEstate();
    const { hosts } = await drawn(estate, { plan: await estate.planned([fabricText(), WEB]) });
    expect(hosts).toEqual([]);
  });
});

it('the picture is one that Graphviz draws, whatever names there are', async () => {
  const lines = topologyDot({
    what: 'host',
    about: 'host."x" -> y',
    hosts: [{ name: 'a"b\\ <c> & ]d', initiators: [], masks: [] }],
  }).lines;
  const svg = await svgOf(lines.join('\n'));
  expect(svg).toMatch(/<svg /);
  expect(svg).toContain('a&quot;b\\ &lt;c&gt; &amp; ]d');
});
