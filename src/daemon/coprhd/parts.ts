/** What administrators change of storage ports, and where that of storage pools is said. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { Refusal } from '../refusal.ts';
import { text, urn } from '../wire/leaves.ts';
import { splitPortal, storagePort } from './documents.ts';
import { find, inBody, inPath, PLACES } from './finding.ts';
import { one } from './making.ts';
import { changeEndpoints } from './networks.ts';
import { type Answer, type Asked, type Route, refused, route } from './route.ts';
import { listChange } from './virtual-pools.ts';

const portUpdate = z.strictObject({
  network: urn.optional(),
  port_network_id: text.optional(),
  varray_assignment_changes: listChange('varrays', urn),
});

/** The network that it is in has its address among its endpoints. */
async function updatePort(asked: Asked<z.output<typeof portUpdate>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.port, params.id!)).found;
  const { address, transport } = record.spec as ResourceRecord<'port'>['spec'];
  const { network, port_network_id: id = address, varray_assignment_changes: varrays } = body;
  if (varrays !== undefined)
    throw new Refusal('invalid', 'varray_assignment_changes: a port is in the virtual arrays that have its network');
  if (id.toLowerCase() !== address.toLowerCase())
    throw new Refusal('invalid', 'port_network_id: its storage system says what it is');
  if (network === undefined) throw new Refusal('missing', 'network is missing: nothing else of a port is changed');
  const wanted = await inBody(engine, PLACES.network, 'network', network);
  const [found] = (await find(engine, 'network', { urns: [wanted.urn] })).records;
  const { transport: of } = wanted.spec as ResourceRecord<'network'>['spec'];
  if (of !== transport) throw new Refusal('invalid', `network: ${wanted.name} is of transport ${of}, not ${transport}`);
  const { ports } = await engine.call('port.list', {});
  const isThere = ports.find((port) => port.urn === record.urn)?.networks.includes(wanted.name);
  const endpoint = transport === 'ip' ? splitPortal(address)[0] : address;
  if (!isThere) await changeEndpoints(asked, found!, { add: [endpoint], remove: [] });
  return one(engine, PLACES.port, 'storage_port', storagePort, record.urn);
}

export const PART_ROUTES: readonly Route[] = [
  route({ method: 'PUT', path: '/vdc/storage-ports/:id', right: 'administer', body: portUpdate, run: updatePort }),
  refused(
    'PUT',
    '/vdc/storage-pools/:id',
    'how much of a pool may be used is declared with its storage system (`limits`), and it is in the virtual arrays of that',
  ),
];
