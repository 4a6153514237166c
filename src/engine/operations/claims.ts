/**
 * `claim list|show|break`: what open workflows hold, and who they are. Exclusive claims are fields of records, shared ones
 * keys of their own; which of them a workflow may hold is known from its plan, so that no other record is looked at.
 */
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { keys } from '../state/keys.ts';
import { rangeAll, type StateStore } from '../state/store.ts';
import { withView } from '../state/view.ts';
import { breakHold } from '../workflow/break-claims.ts';
import { isEnded } from '../workflow/journal.ts';
import { allWrites, sharedUrns } from '../workflow/namers.ts';
import { type OpenWorkflow, openWorkflowIds, readOpenWorkflow, readOpenWorkflows } from '../workflow/open-workflows.ts';
import { holderText } from '../workflow/owners.ts';
import { isClaimedBy, readMany, readRecord } from '../workflow/records-io.ts';
import { findResource } from './addresses.ts';
import { audit } from './auditing.ts';
import type { Call } from './engine.ts';
import { oneWorkflow } from './task-finding.ts';
import type { ListedClaim } from './task-types.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf, withWorkflowEnv } from './workflow-env.ts';

export async function claimList(call: Call): Promise<ResultOf<'claim.list'>> {
  const claims: ListedClaim[] = [];
  for (const open of await readOpenWorkflows(readerOf(call))) claims.push(await claimsOf(call, open));
  return { outcome: 'ok', diagnostics: [], claims };
}

export async function claimShow(call: Call, { address }: InputOf<'claim.show'>): Promise<ResultOf<'claim.show'>> {
  const { store } = call.engine;
  const { result: found } = await withView(store, (view) => findResource(view, address));
  if ('problem' in found) return fail('error', found.problem);
  const { urn, claim } = found.recorded.record;
  const holders = new Set(claim ? [claim.workflow] : []);
  const prefix = keys.sharedClaimsOn(urn);
  for await (const { key } of rangeAll(store, prefix, { keysOnly: true })) holders.add(key.slice(prefix.length));
  const claims: ListedClaim[] = [];
  for (const id of holders) {
    const open = await readOpenWorkflow(readerOf(call), id);
    if (open) claims.push(await claimsOf(call, open));
  }
  return { outcome: 'ok', diagnostics: [], claims };
}

async function claimsOf({ engine: { store } }: Call, { workflow, owner, plan }: OpenWorkflow): Promise<ListedClaim> {
  const { id, operation, phase, waitsFor, createdAtMs } = workflow;
  const exclusive: { address: string; urn: Urn }[] = [];
  const records = await readMany(allWrites(plan), ({ urn }) => readRecord(store, urn));
  for (const [{ urn }, read] of records) {
    if (read && isClaimedBy(read.record, id)) exclusive.push({ address: addressOf(read.record), urn });
  }
  const shared: { address: string; urn: Urn }[] = [];
  const held = await readMany(sharedUrns(plan), (urn) => store.get(keys.sharedClaim(urn, id)));
  for (const [urn, key] of held) if (key) shared.push({ address: await nameOf(store, urn), urn });
  return {
    workflow: id,
    operation,
    phase,
    holder: holderText(owner.owner),
    state: owner.state === 'alive' ? 'alive' : 'dead',
    ...(waitsFor ? { waitsFor } : {}),
    sinceMs: createdAtMs,
    exclusive,
    shared,
  };
}

async function nameOf(store: StateStore, urn: Urn): Promise<string> {
  const read = await readRecord(store, urn);
  return read ? addressOf(read.record) : `${parseUrn(urn).kind} ${urn}`;
}

export async function claimBreak(call: Call, input: InputOf<'claim.break'>): Promise<ResultOf<'claim.break'>> {
  const ids = await openWorkflowIds(call.engine.store);
  const id = oneWorkflow(input.workflow, ids, 'that is open', 'coprhd claim list');
  const open = await readOpenWorkflow(readerOf(call), id);
  if (!open) return ended(id);
  const holder = holderText(open.owner.owner);
  await audit(call, 'claim.break', { workflow: id, holder, force: input.force, state: open.owner.state });
  const broken = await withWorkflowEnv(call, (env) => breakHold(env, id, input.force));
  if (broken === 'gone') return ended(id);
  if (broken === 'alive') {
    return fail('claimed', {
      code: 'COPRHD-APPLY-003',
      summary: `the process that holds workflow ${id} may be alive: nothing was broken`,
      detail: `Held by ${holder}.`,
      fix: `coprhd task cancel ${id} asks it to stop. If you know that it is dead: coprhd claim break ${id} --i-know`,
    });
  }
  if (broken === 'lost') {
    return fail('claimed', {
      code: 'COPRHD-APPLY-003',
      summary: `somebody else has taken workflow ${id} over meanwhile: nothing was broken`,
      fix: `coprhd task list --workflow ${id}`,
    });
  }
  const left = open.plan.units.filter((unit) => !isEnded(open.journal.unit(unit.id))).map(({ address }) => address);
  const diagnostics = open.owner.state === 'alive' ? [mayStillHappen(id)] : [];
  return { outcome: 'ok', diagnostics, workflow: id, holder, open: left };
}

function ended(id: string): never {
  return fail('error', {
    code: 'COPRHD-TASK-001',
    summary: `workflow ${id} has ended: it holds nothing`,
    fix: `coprhd history ${id}`,
  });
}

function mayStillHappen(id: string): Diagnostic {
  const seconds = LIMITS.deviceCallDeadlineMs / 1_000;
  return {
    code: 'COPRHD-APPLY-004',
    severity: 'warning',
    summary: `its holder may have lived: a device call that was on its way may still happen for ${seconds} s`,
    detail: 'It can write nothing to the state any more, and begins no other call.',
    fix: `wait that long, then coprhd recover, or coprhd task rollback ${id}`,
  };
}
