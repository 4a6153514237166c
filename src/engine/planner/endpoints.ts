/**
 * Endpoints of a declared Fibre Channel network: one record each, found by its WWPN in the whole estate, because a port is in
 * one fabric. What a switch has shown stays when a file doesn't name it any more; the order in a file means nothing.
 */
import type { DesiredSpecs } from '../config/desired.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { ZONE } from '../model/unique-names.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { childRecord } from './base-record.ts';
import { type Draft, endingWrite, liveWrite, type Target, withoutClaim } from './draft.ts';
import { isShownIn, loginWrites } from './logins.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';

type Endpoint = ResourceRecord<'endpoint'>;

/** `logins`: WWPNs that its fabric shows, where they are to be recorded. */
export function endpointWrites(
  draft: Draft,
  target: Target,
  logins: readonly string[] = [],
): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const { endpoints = [] } = target.node.spec as DesiredSpecs['network'];
  const recorded = new Map(recordedEndpoints(draft, target).map((found) => [found.record.spec.portName, found]));
  const writes: PlannedWrite[] = [];
  const changes: ChildChange[] = [];
  const note = (write: PlannedWrite, action: ChildChange['action'], summary: string) => {
    writes.push(write);
    changes.push({ kind: 'endpoint', urn: write.urn, action, summary });
  };
  const shown = new Set(logins);
  const declared = new Set(endpoints);
  endpoints.forEach((portName, index) => {
    const found = recorded.get(portName);
    recorded.delete(portName);
    const isNew = shown.has(portName) && !found?.record.spec.discovered;
    if ((found?.record.spec.declared && !isNew) || isElsewhere(draft, target, portName, index)) return;
    const discovered = isNew ? { discovered: true } : {};
    const before = found ?? shownElsewhere(draft, portName);
    const final = before
      ? declaring(draft, target, before, { declared: true, ...discovered })
      : childRecord(draft, target, 'endpoint', portName, {
          ...{ network: target.urn, portName, declared: true },
          ...discovered,
        });
    note(liveWrite(draft, before, final), before ? 'update' : 'create', portName);
  });
  for (const [portName, found] of recorded) {
    const { declared: wasDeclared, discovered } = found.record.spec;
    if (!wasDeclared) continue;
    if (discovered || shown.has(portName)) {
      const now = declaring(draft, target, found, { declared: false, discovered: true });
      note(liveWrite(draft, found, now), 'update', portName);
    } else note(endingWrite(draft, found), 'delete', portName);
    shown.delete(portName);
  }
  const seen = loginWrites(
    draft,
    target,
    [...shown].filter((portName) => !declared.has(portName)),
  );
  return { writes: [...writes, ...seen.writes], changes: [...changes, ...seen.changes] };
}

function recordedEndpoints(draft: Draft, { recorded, urn }: Target): VersionedRecord<'endpoint'>[] {
  if (!recorded) return [];
  return draft.input.view.inScope('endpoint', uuidOf(urn)).filter(({ record }) => isLive(record));
}

/** Of another network, or an initiator that is recorded in one. Files that contradict one another were complained about before. */
function isElsewhere(draft: Draft, target: Target, portName: string, index: number): boolean {
  const { view } = draft.input;
  const recorded = view.byName('endpoint', ZONE, portName)?.record;
  const endpoint = recorded && isLive(recorded) ? recorded : draft.endpointOf(portName);
  const initiator = view.byName('initiator', ZONE, portName)?.record;
  const other = endpoint?.spec.network;
  const complain = (detail: string, fix: string): true => {
    const summary = `${portName} can't be an endpoint of ${target.address}`;
    const span = target.node.spanOf(['endpoints', index]);
    draft.error({ code: 'COPRHD-STATE-006', summary, detail, fix, span, address: target.address });
    return true;
  };
  if (other !== undefined && other !== target.urn && !endpoint?.spec.declared) {
    // Nobody said it but a switch, which may show it no longer.
    if (!isShownIn(draft, other, portName)) return false;
    return complain(
      `${namedWith(draft, other)} shows it as logged in; a port is in one fabric`,
      'look where it is cabled to, and correct this list',
    );
  }
  if (other !== undefined && other !== target.urn) {
    return complain(
      `it is recorded as an endpoint of ${namedWith(draft, other)}; a port is in one fabric`,
      'take it off that network and apply, before it is declared on this one',
    );
  }
  if (!initiator || !isLive(initiator) || initiator.spec.network === target.urn) return false;
  // A host that is declared too says its network by itself.
  const host = draft.targetByUrn(initiator.spec.host);
  if (host && !draft.isFixed(host)) return false;
  return complain(
    `it is an initiator of ${namedWith(draft, initiator.spec.host)} in ${namedWith(draft, initiator.spec.network)}; a port is in one fabric`,
    'correct the network of the initiator first, or this list',
  );
}

function namedWith(draft: Draft, urn: Urn): string {
  const record = draft.get(urn) ?? draft.input.view.get(urn)?.record;
  if (!record) return urn;
  const { sourceFile } = record;
  return `${addressOf(record)}${sourceFile === undefined ? '' : ` (${sourceFile})`}`;
}

/** Recorded of another network, where a switch has shown it and nobody has declared it. */
function shownElsewhere(draft: Draft, portName: string): VersionedRecord<'endpoint'> | undefined {
  const recorded = draft.input.view.byName('endpoint', ZONE, portName);
  return recorded && isLive(recorded.record) ? recorded : undefined;
}

function declaring(
  draft: Draft,
  { urn }: Target,
  { record }: VersionedRecord<'endpoint'>,
  change: Pick<Endpoint['spec'], 'declared' | 'discovered'>,
): Endpoint {
  const status = { ...record.status, sinceMs: draft.input.nowMs };
  const spec = { ...record.spec, ...change, network: urn };
  return { ...withoutClaim(record), parent: urn, owner: { type: 'engine', parent: urn }, spec, status };
}
