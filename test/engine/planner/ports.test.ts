import { describe, expect, it } from 'vitest';
import { codes, createEstate, type Estate, lines } from './estate.ts';
import { liveMasks } from './exports-support.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const VOLUMES = { a: null, b: null, c: null };
const _texts = (exports: Record<string, string>, volumes: Record<string, string | null> = VOLUMES) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);

describe('ports', () => {
  const portsOf = async (estate: Estate, paths: string, hosts: Record<string, readonly string[]> = { h1: ['h1'] }) => {
    const plan = [
      infrastructure({ paths, hosts, clusters: {} }),
      stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }),
    ];
    return { ...(await estate.plan(plan)), plan };
  };
  const chosen = async (estate: Estate) => {
    const names = new Map((await estate.records('port')).map(({ record }) => [record.urn, record.name]));
    return (await liveMasks(estate))[0]!.spec.ports.map((port) => names.get(port));
  };

  it('are spread over HA domains first, then over physical ports', async () => {
    const estate = await createEstate();
    await estate.applied((await portsOf(estate, '{ min: 1, max: 2 }')).plan);
    expect(await chosen(estate)).toEqual(['SP-A1', 'SP-B1']);
    const three = await createEstate();
    await three.applied((await portsOf(three, '{ min: 1, max: 3 }')).plan);
    expect(await chosen(three)).toEqual(['SP-A1', 'SP-B1', 'SP-A2']);
  });

  it('that are down are not chosen; fewer than wanted is said, fewer than the minimum refused', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure(), stack({ volumes: { a: null } })]);
    for (const port of ['SP-A1', 'SP-A2', 'SP-B1']) estate.edit({ edit: 'port', port, status: 'down' });
    const few = await portsOf(estate, '{ min: 1, max: 2 }');
    expect(few.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['COPRHD-PATH-002', 'warning']]);
    const tooFew = await portsOf(estate, '{ min: 2, max: 2 }');
    expect(tooFew.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-PATH-001']);
    const fresh = await estate.plan([infrastructure({ paths: '{ min: 2, max: 2 }' }), stack({ volumes: { z: null } })]);
    expect(codes(fresh)).toContain('COPRHD-PLACE-001');
    await estate.applied(few.plan);
    expect(await chosen(estate)).toEqual(['SP-B2']);
  });

  it('are chosen once: they stay when more come up, and when one goes down', async () => {
    const estate = await createEstate();
    estate.edit({ edit: 'port', port: 'SP-A1', status: 'down' });
    const { plan } = await portsOf(estate, '{ min: 1, max: 2 }');
    await estate.applied(plan);
    expect(await chosen(estate)).toEqual(['SP-A2', 'SP-B1']);
    estate.edit({ edit: 'port', port: 'SP-A1', status: 'up' });
    estate.edit({ edit: 'port', port: 'SP-B1', status: 'down' });
    await noChanges(estate, plan);
  });

  it('need an initiator of the host in a network of the virtual array', async () => {
    const estate = await createEstate();
    const { diagnostics } = await portsOf(estate, '{ min: 1, max: 2 }', { h1: [] });
    expect(diagnostics.map(({ code }) => code)).toEqual(['COPRHD-PATH-001']);
    const text = infrastructure()
      .replace('networks: [san]', 'networks: [lan]')
      .replace('networks:\n', 'networks:\n  lan: { transport: ip, subnets: [192.168.0.0/16] }\n');
    const shown = stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } });
    // A volume that nobody could reach is not made.
    const elsewhere = await estate.plan([text, shown]);
    expect(codes(elsewhere)).toEqual(['COPRHD-PLACE-001']);
    expect(JSON.stringify(elsewhere.diagnostics)).toContain('usable iscsi ports');
    await estate.applied([infrastructure(), stack({ volumes: { a: null } })]);
    expect(codes(await estate.plan([text, shown]))).toEqual(['COPRHD-PATH-001']);
  });
});
