/**
 * Ports that a fabric shows as logged in, as endpoints of its network. They are added, and never removed for want of a login:
 * what isn't logged in may be off, and isn't gone. One that a switch shows in another fabric than before moves there, unless
 * somebody has declared where it is, or both show it: then nothing is recorded of it, and that is said.
 */
import { foldName } from '../model/address.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { ZONE } from '../model/unique-names.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { NetworkObservation } from '../observe/network-observation.ts';
import { childRecord, makeChange } from './base-record.ts';
import { type Draft, liveWrite, type Target, withoutClaim } from './draft.ts';
import { seenFabricOf } from './network-systems.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';

/** A network, declared or recorded. */
type Network = Pick<Target, 'urn' | 'tenant' | 'address'>;

export function loginWrites(
  draft: Draft,
  network: Network,
  logins: readonly string[],
): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const writes: PlannedWrite[] = [];
  const changes: ChildChange[] = [];
  for (const portName of [...logins].sort()) {
    const there = draft.endpointOf(portName);
    // It leaves another network by this plan; the next look finds it.
    if (!there && isRecorded(draft, portName)) continue;
    if (there?.spec.network === network.urn && (there.spec.discovered || draft.unitOf(there.urn))) continue;
    if (there?.spec.network !== network.urn) {
      const conflict = whyElsewhere(draft, network, portName, there);
      if (conflict !== undefined) {
        sayConflict(draft, network, portName, conflict);
        continue;
      }
    }
    const recorded = there && draft.input.view.get<'endpoint'>(there.urn);
    const final = recorded
      ? shownIn(draft, network, recorded)
      : childRecord(draft, network, 'endpoint', portName, {
          ...{ network: network.urn, portName, declared: false },
          discovered: true,
        });
    writes.push(liveWrite(draft, recorded, final));
    changes.push({ kind: 'endpoint', urn: final.urn, action: recorded ? 'update' : 'create', summary: portName });
  }
  return { writes, changes };
}

function shownIn(draft: Draft, { urn }: Network, { record }: VersionedRecord<'endpoint'>): ResourceRecord<'endpoint'> {
  const spec = { ...record.spec, network: urn, discovered: true };
  const status = { ...record.status, sinceMs: draft.input.nowMs };
  return { ...withoutClaim(record), parent: urn, owner: { type: 'engine', parent: urn }, spec, status };
}

function isRecorded({ input }: Draft, portName: string): boolean {
  const recorded = input.view.byName('endpoint', ZONE, portName)?.record;
  return recorded !== undefined && isLive(recorded);
}

/** As seen for this plan. */
export function isShownIn(draft: Draft, network: Urn, portName: string): boolean {
  const record = draft.get<'network'>(network);
  const seen = record && seenFabricOf(draft, record);
  return seen?.endpoints.some(({ nativeId }) => nativeId === portName) ?? false;
}

/** Undefined: nothing speaks against its being here. */
function whyElsewhere(
  draft: Draft,
  network: Network,
  portName: string,
  there: ResourceRecord<'endpoint'> | undefined,
): string | undefined {
  const nameOf = (urn: Urn) => addressIn(draft, urn);
  if (there) {
    const other = there.spec.network;
    if (there.spec.declared) return `it is declared as an endpoint of ${nameOf(other)}`;
    if (isShownIn(draft, other, portName)) return `${nameOf(other)} shows it, too`;
    if (draft.unitOf(there.urn) !== undefined) return `it has just been found in ${nameOf(other)}`;
  }
  const declared = draft
    .targets('network')
    .find((target) => target.urn !== network.urn && !target.node.existing && declares(target, portName));
  if (declared) return `it is declared as an endpoint of ${declared.address}`;
  const initiator = draft.input.view.byName('initiator', ZONE, portName)?.record;
  if (!initiator || !isLive(initiator) || initiator.spec.network === network.urn) return undefined;
  // A host that is declared too says its network by itself.
  const host = draft.targetByUrn(initiator.spec.host);
  if (host && !draft.isFixed(host)) return undefined;
  return `it is an initiator of ${nameOf(initiator.spec.host)} in ${nameOf(initiator.spec.network)}`;
}

const declares = ({ node }: Target, portName: string): boolean =>
  (node.spec as { readonly endpoints?: readonly string[] }).endpoints?.includes(portName) ?? false;

function addressIn(draft: Draft, urn: Urn): string {
  const record = draft.get(urn) ?? draft.input.view.get(urn)?.record;
  return record ? addressOf(record) : urn;
}

function sayConflict(draft: Draft, { address }: Network, portName: string, why: string): void {
  draft.warn({
    code: 'COPRHD-STATE-006',
    summary: `${portName} is logged in to ${address}, and ${why}`,
    detail: 'a port is in one fabric: nothing was recorded of this login',
    fix: 'look where it is cabled to, and correct the other one',
    address,
  });
}

/** For `discover`: what a network system shows now, in each of the networks that are its fabrics. */
export function drawLogins(
  draft: Draft,
  system: ResourceRecord<'networkSystem'>,
  observation: Pick<NetworkObservation, 'trust'>,
): void {
  if (observation.trust.level === 'unreachable') return;
  const networks = draft
    .all('network')
    .filter(({ spec }) => spec.networkSystem === system.urn)
    .sort((a, b) => (foldName(a.name) < foldName(b.name) ? -1 : 1));
  for (const record of networks) {
    const seen = seenFabricOf(draft, record);
    if (!seen) continue;
    const network = { urn: record.urn, tenant: record.scope.tenant as Urn, address: addressOf(record) };
    const logins = seen.endpoints.map(({ nativeId }) => nativeId);
    const { writes, changes } = loginWrites(draft, network, logins);
    if (writes.length === 0) continue;
    draft.addUnit({
      id: draft.nextUnitId(),
      address: network.address,
      urn: record.urn,
      action: 'update',
      dependsOn: [],
      writes,
      steps: [],
      shared: [record.urn],
      reservations: [],
      releases: [],
    });
    const target = { address: network.address, urn: record.urn, node: { kind: 'network' as const } };
    draft.changes.push(makeChange(target, { action: 'update', reason: 'discovered', children: changes }));
  }
}
