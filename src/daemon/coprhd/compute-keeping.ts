/**
 * What of hosts, initiators, interfaces and clusters stays as it was made, and what CoprHD's clients are told who would change
 * it: a request that says what is so already is answered with it.
 */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { Refusal } from '../refusal.ts';
import { flag, text, urn } from '../wire/leaves.ts';
import { cluster, initiator } from './documents.ts';
import { inPath, PLACES } from './finding.ts';
import { rowsOfHosts } from './itl.ts';
import { type Answer, type Asked, type Route, refused, route } from './route.ts';

const clusterUpdate = z.strictObject({
  name: text.optional(),
  project: urn.optional(),
  vcenter_data_center: urn.optional(),
  auto_export_enabled: flag.optional(),
});

/** Who is in it is said by its hosts. */
async function updateCluster({ engine, body, params }: Asked<z.output<typeof clusterUpdate>>): Promise<Answer> {
  const { found } = await inPath(engine, PLACES.cluster, params.id!);
  const { name, project, vcenter_data_center: center, auto_export_enabled: follows } = body;
  if (Object.keys(body).length === 0) throw new Refusal('missing', 'no changes are given');
  if ((name ?? found.record.name) !== found.record.name) throw new Refusal('invalid', 'name: a cluster keeps its name');
  if (project !== undefined) throw new Refusal('invalid', 'project: a cluster is of its tenant, and in no project');
  // What clients write for one that is taken away.
  if (center !== undefined && !/^(null|none)$/i.test(center))
    throw new Refusal('invalid', 'vcenter_data_center: there are no vCenters');
  if (follows === false)
    throw new Refusal('invalid', 'auto_export_enabled: what a cluster sees, each host that joins it sees, too');
  return { root: 'cluster', body: cluster(found) };
}

const initiatorUpdate = z.strictObject({
  protocol: text.optional(),
  initiator_port: text.optional(),
  /** Not kept, as where it is made. */
  initiator_node: text.optional(),
  name: text.optional(),
});

async function updateInitiator({ engine, body, params }: Asked<z.output<typeof initiatorUpdate>>): Promise<Answer> {
  const { found, names } = await inPath(engine, PLACES.initiator, params.id!);
  const { portName, protocol } = found.record.spec as ResourceRecord<'initiator'>['spec'];
  const { initiator_port: port = portName, protocol: given = protocol, name = portName } = body;
  if (Object.keys(body).length === 0) throw new Refusal('missing', 'no changes are given');
  const isSame = (one: string) => (normaliseWwpn(one.trim()) ?? one.trim().toLowerCase()) === portName.toLowerCase();
  if (!isSame(port)) throw new Refusal('invalid', 'initiator_port: another port is another initiator: make that one');
  if (given.toLowerCase() !== protocol) throw new Refusal('invalid', `protocol: ${given}; ${portName} is ${protocol}`);
  if (!isSame(name)) throw new Refusal('invalid', 'name: an initiator is named after its port');
  return { root: 'initiator', body: initiator(found, names) };
}

/** A row for each volume and target port that it has a path to. */
async function exportsOf({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { record } = (await inPath(engine, PLACES.initiator, params.id!)).found;
  const { host } = record.spec as ResourceRecord<'initiator'>['spec'];
  const rows = await rowsOfHosts(engine, [host]);
  return { root: 'itls', body: { itl: rows.filter(({ initiator: { id } }) => id === record.urn) } };
}

const ALWAYS = 'what a host has is registered for as long as it has it: deactivate takes it away';
const FOLLOWS =
  'a host that joins or leaves a cluster sees what the cluster sees by the same change: nothing is left to be caught up on';

export const COMPUTE_KEEPING_ROUTES: readonly Route[] = [
  route({ method: 'PUT', path: '/compute/clusters/:id', right: 'provision', body: clusterUpdate, run: updateCluster }),
  refused('POST', '/compute/clusters/:id/update-shared-exports', FOLLOWS, 'provision'),
  route({
    method: 'PUT',
    path: '/compute/initiators/:id',
    right: 'provision',
    body: initiatorUpdate,
    run: updateInitiator,
  }),
  route({ method: 'GET', path: '/compute/initiators/:id/exports', right: 'read', run: exportsOf }),
  ...[PLACES.initiator, PLACES.ipInterface].flatMap(({ path }) =>
    ['register', 'deregister'].map((word) => refused('POST', `${path}/:id/${word}`, ALWAYS, 'provision')),
  ),
];
