/** placeholder */
import { test } from 'vitest';
import { fabricOf, stateOf } from '../../../../drivers/simulator/fos/state/build.ts';
import { printed } from './support.ts';

test('look', () => {
  const zoning = {
    aliases: { a1: ['10:00:00:90:fa:80:00:00'], array_port_0: ['50:06:01:60:47:80:00:01'] },
    zones: {
      z1: ['a1', 'array_port_0'],
      host_1_to_array_ports: ['10:00:00:90:fa:80:01:00', '1,4', 'array_port_0', 'a1', '50:06:01:60:47:80:01:01'],
      peer: { principals: ['array_port_0'], members: ['a1'] },
    },
    cfgs: { prod: ['z1', 'host_1_to_array_ports'] },
  };
  for (const [firmware, director] of [
    ['v8.2.3c', false],
    ['v7.4.2', true],
  ] as const) {
    const state = stateOf({
      firmware,
      virtualFabrics: true,
      fabrics: [
        fabricOf({ zoning, effective: 'prod', npiv: 1, director }),
        fabricOf({ fid: 20, name: 'tst', hosts: 0, targets: 0 }),
      ],
    });
    for (const c of [
      'switchshow',
      'nsshow',
      'nscamshow',
      'fabricshow',
      'cfgshow',
      'cfgactvshow',
      'cfgtransshow --opentrans',
      'cfgsize',
      'defzone --show',
      'version',
      'firmwareshow',
      'lscfg --show',
      'zoneshow "p*"',
      'alishow x',
      'fosexec --fid 20 -cmd "switchshow"',
      'fosexec --fid 20 "cfgshow"',
      'frob',
    ])
      console.log(`> ${c}\n${printed(state, c)}`);
  }
});
