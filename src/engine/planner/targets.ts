/**
 * First step of a plan: who is who. Each declared node is tied to its record (by address, or by the address it moved
 * from) or gets a new URN; names taken by others are complaints.
 */

import type { DesiredNode, DesiredStack } from '../config/desired.ts';
import { foldName, formatAddress, localAddress, parseAddress } from '../model/address.ts';
import { isDeviceKind } from '../model/device-kinds.ts';
import { kindEntry } from '../model/kinds.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_NAME, ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft, Target } from './draft.ts';

/** What a stack belongs to. Projects made by the same plan count. */
export interface StackScope {
  readonly tenant: Urn;
  readonly project?: Urn;
}

/** Infrastructure stacks come first in the graph, so that a stack's project is known when the stack is reached. */
export function assignTargets(draft: Draft): Map<DesiredStack, StackScope> {
  const scopes = new Map<DesiredStack, StackScope>();
  for (const stack of draft.input.graph.stacks) {
    const scope = stackScope(draft, stack);
    if (!scope) continue;
    scopes.set(stack, scope);
    for (const node of stack.nodes.values()) assignTarget(draft, stack, scope, node);
  }
  assignReplaceable(draft);
  return scopes;
}

/** What --replace-missing names: one resource each. */
function assignReplaceable(draft: Draft): void {
  if (draft.input.replaceMissing.length === 0) return;
  const byAddress = new Map<string, Target[]>();
  for (const target of [...draft.targets('volume'), ...draft.targets('export')]) {
    for (const address of [target.address, localAddress(target.node.kind, target.node.name)]) {
      const key = foldName(address);
      byAddress.set(key, [...(byAddress.get(key) ?? []), target]);
    }
  }
  for (const asked of draft.input.replaceMissing) {
    const [target, ...others] = byAddress.get(foldName(asked)) ?? [];
    if (target && others.length === 0) {
      draft.replaceable.set(target.urn, { address: target.address, used: false });
      continue;
    }
    draft.error(
      target
        ? {
            code: 'COPRHD-STATE-007',
            summary: `${asked} is ambiguous: what is to be replaced has one address`,
            detail: [target, ...others].map(({ address }) => address).join(', '),
            fix: 'write the whole address',
          }
        : {
            code: 'COPRHD-STATE-005',
            summary: `${asked} is to be replaced, but no volume or export of the given files has that address`,
            fix: 'write it as the plan does, for instance stack/volume.name',
          },
    );
  }
}

function stackScope(draft: Draft, stack: DesiredStack): StackScope | undefined {
  if (stack.type === 'infrastructure') return { tenant: ROOT_TENANT_URN };
  const name = stack.project ?? '';
  const planned = draft.targets('project').find((target) => foldName(target.node.name) === foldName(name));
  if (planned) {
    if (planned.node.existing) {
      const tenant = planned.recorded?.record.kind === 'project' ? planned.recorded.record : undefined;
      return { tenant: (tenant?.spec as { tenant: Urn } | undefined)?.tenant ?? ROOT_TENANT_URN, project: planned.urn };
    }
    const tenant = draft.resolve(planned, ['tenant']) ?? ROOT_TENANT_URN;
    // Where it has to stay with its tenant that is complained about once, and not at each volume that would be another.
    const before = (planned.recorded?.record.spec as { readonly tenant: Urn } | undefined)?.tenant ?? tenant;
    const stays = before !== tenant && hasContents(draft, planned.urn);
    return { tenant: stays ? before : tenant, project: planned.urn };
  }
  const recorded = draft.input.view.byName('project', ZONE, name);
  // Not found: config's resolver has complained already, with the position.
  if (!recorded || recorded.record.status.phase === 'deleted') return undefined;
  return { tenant: recorded.record.spec.tenant, project: recorded.record.urn };
}

/** Volumes or exports are in the project: its tenant is theirs. */
export function hasContents(draft: Draft, project: Urn): boolean {
  return (['volume', 'export'] as const).some((kind) => draft.input.view.inScope(kind, uuidOf(project)).length > 0);
}

function assignTarget(draft: Draft, stack: DesiredStack, scope: StackScope, node: DesiredNode): void {
  if (node.changes !== undefined) {
    const recorded = draft.input.view.get(node.changes);
    if (!recorded) return;
    const { urn, scope: of } = recorded.record;
    const tenant = of.tenant ?? scope.tenant;
    const project = scope.project ? { project: scope.project } : {};
    const address = addressOf({ ...recorded.record, name: node.name });
    if (foldName(node.name) !== foldName(recorded.record.name) && isTaken(draft, scope, node)) return;
    draft.addTarget({ stack, node, tenant, ...project, address, urn, recorded });
    return;
  }
  const local = { kind: node.kind, name: node.name };
  // What belongs to a caller and not to a stack has no stack in its address.
  const address = formatAddress(draft.input.apiOwned ? local : { stack: stack.stack, ...local });
  const base = { stack, node, tenant: scope.tenant, address, ...(scope.project ? { project: scope.project } : {}) };
  if (node.kind === 'tenant' && foldName(node.name) === ROOT_TENANT_NAME) {
    const recorded = draft.input.view.get(ROOT_TENANT_URN);
    draft.addTarget({ ...base, urn: ROOT_TENANT_URN, ...(recorded ? { recorded } : {}) });
    return;
  }
  const recorded = findRecorded(draft, stack, scope, node);
  const other = recorded && draft.targetByUrn(recorded.record.urn);
  if (other && !other.node.existing && !node.existing) {
    draft.error({
      code: 'COPRHD-CONFIG-015',
      summary: `${address} and ${other.address} stand for the same resource`,
      detail: `it is recorded as ${addressOf(recorded.record)}`,
      fix: 'declare it once; elsewhere write its name only',
      span: node.spanOf(),
    });
    return;
  }
  if (recorded) {
    draft.addTarget({ ...base, urn: recorded.record.urn, recorded });
    return;
  }
  const urn = draft.newUrn(node.kind, address);
  draft.addTarget({ ...base, urn });
}

const live = (found: VersionedRecord | undefined): VersionedRecord | undefined =>
  found && found.record.status.phase !== 'deleted' ? found : undefined;

function findRecorded(
  draft: Draft,
  stack: DesiredStack,
  scope: StackScope,
  node: DesiredNode,
): VersionedRecord | undefined {
  const { view } = draft.input;
  const here = live(view.byAddress(scope.tenant, stack.stack, node.kind, node.name));
  if (here) {
    if (node.movedFrom !== undefined) sayStaleMove(draft, stack, scope, node);
    return here;
  }
  if (node.movedFrom !== undefined) {
    const old = parseAddress(node.movedFrom);
    const found = old ? live(view.byAddress(scope.tenant, old.stack ?? stack.stack, old.kind, old.name)) : undefined;
    if (found && found.record.kind === node.kind) return found;
    const registered = old && live(registeredSystem(draft, node, old.name));
    if (registered) return registered;
  }
  const sameName = namesake(draft, scope, node);
  if (!sameName) return undefined;
  if (node.existing || registeredSystem(draft, node, node.name)) return sameName;
  const moving = [...stack.nodes.values()].some((other) => other.movedFrom === localAddress(node.kind, node.name));
  if (!moving) sayTaken(draft, node, sameName.record);
  return undefined;
}

/** Who has its name where it has to be the only one. */
function namesake(draft: Draft, scope: StackScope, { kind, name }: DesiredNode): VersionedRecord | undefined {
  const nameScope = kindEntry(kind).scope === 'project' ? scope.project && uuidOf(scope.project) : ZONE;
  return nameScope === undefined ? undefined : live(draft.input.view.byName(kind, nameScope, name));
}

function isTaken(draft: Draft, scope: StackScope, node: DesiredNode): boolean {
  const other = namesake(draft, scope, node);
  if (other) sayTaken(draft, node, other.record);
  return other !== undefined;
}

function sayTaken(draft: Draft, node: DesiredNode, other: ResourceRecord): void {
  draft.error({
    code: 'COPRHD-STATE-006',
    summary: `the name of ${localAddress(node.kind, node.name)} is taken`,
    detail: `${addressOf(other)} has it already (${other.urn})`,
    fix: 'choose another name, or write `existing: true` to refer to that one without changing it',
    span: node.spanOf(),
  });
}

/** Registered by `device add`: it belongs to no stack, and a declaration takes it over. */
function registeredSystem(draft: Draft, { kind }: DesiredNode, name: string): VersionedRecord | undefined {
  if (!isDeviceKind(kind) || draft.input.apiOwned) return undefined;
  const found = draft.input.view.byName(kind, ZONE, name);
  return found?.record.owner.type === 'api' ? found : undefined;
}

/** `movedFrom` may stay in a file after the move; it only matters when the old address lives on as something else. */
function sayStaleMove(draft: Draft, stack: DesiredStack, scope: StackScope, node: DesiredNode): void {
  const old = parseAddress(node.movedFrom!);
  const still = old && draft.input.view.byAddress(scope.tenant, old.stack ?? stack.stack, old.kind, old.name);
  if (still && still.record.status.phase !== 'deleted') {
    draft.error({
      code: 'COPRHD-CONFIG-015',
      summary: `${localAddress(node.kind, node.name)} can't move from ${node.movedFrom}: both exist`,
      detail: `${addressOf(still.record)} is ${still.record.urn}`,
      fix: 'remove `movedFrom`',
      span: node.spanOf(['movedFrom']),
    });
  }
}
