/**
 * Asks a device what has changed since it was read last. Whatever goes wrong leads to a whole read, with the reason; only
 * bugs and the caller's own abort are thrown. read-system relies on it.
 */
import { hashOf } from '../../lib/canonical-json.ts';
import { changesAnswerSchema } from '../driver/changes-answer.ts';
import type { ChangeSection, ChangesAnswer, ChangesCapability, DeviceChanges } from '../driver/changes-contract.ts';
import type { BlockArray, CallContext, SystemIdentity } from '../driver/contract.ts';
import { deviceErrorText } from './device-error.ts';
import type { ReadBase, Told } from './merge-changes.ts';

/** Answers that are put together; a device that has more to tell is read whole. */
const ANSWERS_MAX = 1_000;

/** A base, or why there is none. Undefined: nobody asked for changes. */
export type AskedBase = ReadBase | { readonly why: string } | undefined;

export interface Asked {
  /** All that changed since the base; undefined = it must be read whole. */
  readonly told?: Told;
  readonly why?: string;
  /** What is read from now on, or merged, is current at. */
  readonly token?: string;
  readonly version?: number;
}

export interface AskRequest {
  readonly array: BlockArray;
  readonly identity: SystemIdentity;
  readonly ctx: CallContext;
  readonly base: AskedBase;
}

export async function askChanges({ array, identity, ctx, base }: AskRequest): Promise<Asked> {
  const { changes } = array;
  if (!changes || identity.lacks?.includes('changes')) return {};
  const usable = usableBase(changes, identity, base);
  if (usable === undefined) return askToken(changes, ctx);
  if ('why' in usable) return { ...(await askToken(changes, ctx)), why: usable.why };
  const asked = await follow(changes, ctx, usable.token);
  return { ...asked, version: changes.version };
}

function usableBase({ version }: ChangesCapability, identity: SystemIdentity, base: AskedBase): AskedBase {
  if (base === undefined || 'why' in base) return base;
  if (base.version !== version) return { why: 'its driver shows objects otherwise than when it was read' };
  if (hashOf(base.identity) !== hashOf(identity)) {
    return { why: 'it is another device, model or version than when it was read' };
  }
  return base;
}

/** A device that can't say where it is can be read whole all the same. */
async function askToken(changes: ChangesCapability, ctx: CallContext): Promise<Asked> {
  const answer = await ask(changes, ctx, undefined);
  if ('problem' in answer || answer.kind !== 'whole' || answer.token === undefined) return {};
  return { token: answer.token, version: changes.version };
}

async function follow(changes: ChangesCapability, ctx: CallContext, from: string): Promise<Asked> {
  const told: { [S in ChangeSection]?: Map<string, unknown> } = {};
  for (const section of changes.sections) told[section] = new Map();
  let token = from;
  for (let answers = 1; ; answers++) {
    if (ctx.nowMs() >= ctx.deadlineMs) return { why: 'no time left' };
    const answer = await ask(changes, ctx, token);
    if ('problem' in answer) return { why: answer.problem };
    if (answer.kind === 'whole') {
      return { why: answer.why, ...(answer.token === undefined ? {} : { token: answer.token }) };
    }
    for (const section of changes.sections) note(told[section]!, answer.sections[section]!);
    if (!answer.more) return { told: told as Told, token: answer.token };
    if (answer.token === token || answers >= ANSWERS_MAX) return { why: 'what it tells of changes does not end' };
    token = answer.token;
  }
}

type AnySection = NonNullable<DeviceChanges['sections'][ChangeSection]>;

function note(told: Map<string, unknown>, { changed, removed }: AnySection): void {
  for (const object of changed) told.set(object.nativeId, object);
  for (const nativeId of removed) told.set(nativeId, undefined);
}

async function ask(
  changes: ChangesCapability,
  ctx: CallContext,
  token: string | undefined,
): Promise<ChangesAnswer | { readonly problem: string }> {
  let answer: unknown;
  try {
    answer = await changes.changesSince(ctx, token);
  } catch (error) {
    return { problem: `changes not read: ${deviceErrorText(error, ctx)}` };
  }
  const parsed = changesAnswerSchema(changes.sections).safeParse(answer);
  // As it came: nothing of an object gets lost.
  if (parsed.success) return answer as ChangesAnswer;
  return { problem: `what it tells of changes can not be understood: ${parsed.error.issues[0]?.message ?? ''}` };
}
