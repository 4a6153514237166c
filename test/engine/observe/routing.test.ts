/** Which fabrics are routed to each other: one switch that says so is enough, and what nobody says isn't so. */
import { expect, it } from 'vitest';
import type { RoutedFabric } from '../../../src/engine/driver/network-contract.ts';
import type { SeenFabric } from '../../../src/engine/observe/network-observation.ts';
import { routedFabrics, routedWith } from '../../../src/engine/observe/routing.ts';

const fabric = (wwn: string, virtualFabric?: number, routed?: readonly RoutedFabric[]): SeenFabric => ({
  fabric: {
    nativeId: virtualFabric === undefined ? wwn : `${wwn}/${virtualFabric}`,
    name: wwn,
    ...(virtualFabric === undefined ? {} : { virtualFabric }),
    switches: [{ nativeId: wwn, name: wwn, domain: 1, status: 'up' }],
  },
  ...{ endpoints: [], aliases: [], zones: [], configurations: [] },
  ...(routed ? { routed } : {}),
});
const shown = (all: readonly SeenFabric[]) =>
  Object.fromEntries([...routedFabrics(all)].map(([id, others]) => [id, [...others].sort()]));

const [backbone, one, two] = ['10:00:00:05:1e:00:00:01', '10:00:00:05:1e:00:00:02', '10:00:00:05:1e:00:00:03'] as const;

it('edges of one backbone are routed to it and to each other, whichever switch shows them', () => {
  const group = [backbone, one, two].map((wwn) => ({ switch: wwn }));
  expect(
    shown([fabric(backbone, undefined, group), fabric(one), fabric(two), fabric('10:00:00:05:1e:00:00:09')]),
  ).toEqual({
    [backbone]: [one, two],
    [one]: [backbone, two],
    [two]: [backbone, one],
  });
  expect(shown([fabric(one), fabric(two)])).toEqual({});
  // An edge that no network system shows is nothing that could be named.
  expect(shown([fabric(backbone, undefined, group)])).toEqual({});
});

it('VSANs are told by number, and by the chassis behind the WWN that each VSAN has', () => {
  const group = [10, 20].map((virtualFabric) => ({ switch: '20:00:00:0d:ec:00:00:01', virtualFabric }));
  const vsan = (number: number, routed?: readonly RoutedFabric[]) =>
    fabric(`20:${number.toString(16).padStart(2, '0')}:00:0d:ec:00:00:01`, number, routed);
  const [ten, twenty, thirty] = [vsan(10, group), vsan(20, group), vsan(30)];
  const ids = [ten, twenty].map((each) => each.fabric.nativeId);
  expect(shown([ten, twenty, thirty])).toEqual({ [ids[0]!]: [ids[1]], [ids[1]!]: [ids[0]] });
  expect([routedWith(ten.fabric, [group]), routedWith(thirty.fabric, [group])]).toEqual([group, undefined]);
});
