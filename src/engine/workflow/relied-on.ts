/**
 * Under the claims: is what the plan relied on (planner/relied-on.ts) still so? Records that the plan itself writes count as
 * what they will be. Who has what is looked at is claimed, so that the answer stays true until the workflow has ended.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { specHash } from '../model/spec-hash.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { Predicate } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { rangeAll } from '../state/store.ts';
import { addressOf } from './inspect.ts';
import { readRecord } from './records-io.ts';
import type { Run } from './run.ts';

type Of<T extends Predicate['type']> = Extract<Predicate, { type: T }>;

async function recordOf(run: Run, urn: Urn): Promise<ResourceRecord | undefined> {
  return run.namers.writeOf(urn)?.final ?? (await readRecord(run.env.store, urn))?.record;
}

const nameOf = (record: ResourceRecord | undefined, urn: Urn): string => (record ? addressOf(record) : urn);

function stale(summary: string, detail?: string): Diagnostic {
  return {
    code: 'COPRHD-PLAN-001',
    severity: 'error',
    summary,
    ...(detail === undefined ? {} : { detail }),
    fix: 'Make the plan again.',
  };
}

export async function checkSame(run: Run, { urn, hash }: Of<'same'>): Promise<Diagnostic | undefined> {
  const record = await recordOf(run, urn);
  if (record && specHash(record) === hash) return undefined;
  return stale(`${nameOf(record, urn)} has changed since the plan was made`);
}

/** The entry of a list is a record of its own, found by its name. */
export async function checkMember(run: Run, { of, name, member }: Of<'member'>): Promise<Diagnostic | undefined> {
  const entry = await memberUrn(run, of, name);
  return entry === undefined ? gone(run, of, member) : undefined;
}

/** Undefined = it isn't in the list, or won't be. */
export async function memberUrn(run: Run, of: Urn, name: string): Promise<Urn | undefined> {
  const written = run.plan.units
    .flatMap(({ writes }) => writes)
    .find(({ final }) => final.kind === 'member' && final.parent === of && final.name === name);
  if (written) return isLive(written.final) ? written.urn : undefined;
  return (await run.env.store.get(keys.unique('member', uuidOf(of), name)))?.value as Urn | undefined;
}

async function gone(run: Run, tenant: Urn, member: Urn): Promise<Diagnostic> {
  const [who, what] = await Promise.all([recordOf(run, tenant), recordOf(run, member)]);
  return stale(`${nameOf(who, tenant)} may not use ${nameOf(what, member)} any more`);
}

/** Nothing was made in the project meanwhile: it is claimed by us alone, and whoever makes something there holds it shared. */
export async function checkEmpty(run: Run, { project }: Of<'empty'>): Promise<Diagnostic | undefined> {
  for (const kind of ['volume', 'export', 'consistencyGroup'] as const) {
    const { items } = await run.env.store.range({ prefix: keys.uniqueIn(kind, uuidOf(project)), limit: 1 });
    if (items.length === 0) continue;
    const record = await recordOf(run, project);
    return stale(
      `${nameOf(record, project)} can't change its tenant: something was made in it since the plan was made`,
    );
  }
  return undefined;
}

/** Whoever zones in it holds the network shared. */
export async function checkUnzoned(run: Run, { network }: Of<'unzoned'>): Promise<Diagnostic | undefined> {
  for await (const { value } of rangeAll(run.env.store, keys.uniqueIn('zone', uuidOf(network)))) {
    const zone = (await readRecord(run.env.store, value as Urn))?.record;
    if (!zone || !isLive(zone)) continue;
    const record = await recordOf(run, network);
    return stale(`${nameOf(record, network)} can't change: it was zoned since the plan was made`);
  }
  return undefined;
}

/** All that is in the group is on this storage system; what this plan brings will be. */
export async function checkGroup(run: Run, { group, system }: Of<'group'>): Promise<Diagnostic | undefined> {
  for await (const { value } of rangeAll(run.env.store, keys.uniqueIn('volume', uuidOf(group)))) {
    const urn = value as Urn;
    if (run.namers.writeOf(urn) && !run.namers.writeOf(urn)?.before) continue;
    const record = (await readRecord(run.env.store, urn))?.record;
    const there = record && isLive(record) ? record.status.device?.system : undefined;
    if (there === undefined || there === system) continue;
    const [what, where] = await Promise.all([recordOf(run, group), recordOf(run, there)]);
    return stale(
      `${nameOf(what, group)} is on another storage system than the plan was made for`,
      `It is on ${where?.name ?? there} now.`,
    );
  }
  return undefined;
}
