/** Fabrics that are routed to each other: shown, and never zoned across. */
import { expect, it } from 'vitest';
import { networkSystemLines } from '../../../src/views/fabric.ts';
import type { Style } from '../../../src/views/style.ts';
import { createAnchoredEstate, editFabric, fabricText, hba } from './fabric-estate.ts';
import { stack } from './texts.ts';

const STYLE = { width: 100, color: false, nowMs: 0 } as unknown as Style;
const exported = stack({ volumes: { d1: null }, exports: { e: 'host: h1, volumes: [d1]' } });
/** The first host in one fabric only. */
const text = fabricText({ paths: '{ min: 1, max: 2, perInitiator: 2 }' }).replace(
  `, { wwpn: "${hba(1, 1)}", network: net-b }`,
  '',
);
const inNetA = ['FA-1-1', 'FA-2-1'];

it('an initiator that reaches the storage ports by routing only is refused, in words that say so', async () => {
  const estate = await createAnchoredEstate();
  await estate.applied([text, stack({ volumes: { d1: null } })]);
  for (const name of inNetA) await estate.run('port.deregister', { name: `array-1/${name}` });
  const why = async () => (await estate.plan([text, exported])).diagnostics;
  expect(JSON.stringify(await why())).not.toContain('routed');
  editFabric(estate, 'fb', { edit: 'route', to: 'fa' });
  expect(JSON.stringify(await why())).toContain('zones across routed fabrics are not made');
  // As soon as there is a port in its own fabric that one is taken, and no other.
  await estate.run('port.register', { name: 'array-1/FA-1-1' });
  await estate.applied([text, exported]);
  const ports = new Map((await estate.records('port')).map(({ record }) => [record.urn, record.name]));
  expect((await estate.records('path')).map(({ record }) => ports.get(record.spec.port))).toEqual(['FA-1-1']);
});

it('network fabrics and network reach say it', async () => {
  const estate = await createAnchoredEstate();
  await estate.applied([fabricText()]);
  editFabric(estate, 'fa', { edit: 'route', to: 'fb' });
  const { systems } = await estate.run('network.fabrics', { refresh: 'full' });
  expect(systems.flatMap(({ fabrics }) => fabrics.map(({ network, routedTo }) => [network, routedTo]))).toEqual([
    ['net-a', ['net-b']],
    ['net-b', ['net-a']],
  ]);
  expect(networkSystemLines(systems, STYLE).join('\n')).toMatch(/routed to +net-b: not zoned across/);
  const reach = await estate.run('network.reach', { host: 'h1', refresh: 'full' });
  expect(reach.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ['COPRHD-ZONE-008', 'warning'],
    ['COPRHD-ZONE-008', 'warning'],
  ]);
});
