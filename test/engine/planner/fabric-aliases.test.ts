/** Aliases of zones over a change of a host's initiators: made once, and gone with the last zone that names them. */
import { expect, it } from 'vitest';
import { createFabricEstate, fabricText, hba, paths } from './fabric-estate.ts';
import { stack } from './texts.ts';

const ATTESTED = { attestOffline: 'the test' };
const spare = hba(1, 2);

/** h1 with or without a second initiator in net-a. */
const texts = (withSpare: boolean) => {
  const text = fabricText({ hosts: 1, cluster: [1], zoning: '{ members: alias }' });
  const more = withSpare ? `, { wwpn: "${spare}", network: net-a }] }` : '] }';
  return [
    text.replace(/^( {2}h1: .*)\] \}$/m, `$1${more}`),
    stack({ volumes: { a: 'size: 1GiB' }, exports: { e: 'host: h1, volumes: [{ volume: a }]' } }),
  ];
};

it('an alias stays when the zone that named it goes and a path that takes its place names it, too', async () => {
  const estate = await createFabricEstate({ hosts: 1, foreignZones: 2 });
  await estate.applied(texts(true));
  const before = await paths(estate);
  const moved = before.find((path) => path.startsWith(spare))!.replace(spare, hba(1, 0));
  expect(before).not.toContain(moved);
  await estate.applied(texts(false), ATTESTED);
  expect(await paths(estate)).toContain(moved);
  const { plan } = await estate.plan(texts(false));
  expect(plan?.units).toEqual([]);
});
