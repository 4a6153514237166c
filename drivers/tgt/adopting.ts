/**
 * Taking over a target that somebody made by hand: its mark is the first line of a configuration file of ours, which also has to
 * bring all of it back when tgtd restarts. What such a file can't say, or what another file says already, is refused.
 */
import type { CallContext, Expectation, MaskObservation } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { confOf, isAddress, NOBODY, renderConf } from './conf-file.ts';
import { conflict, expectOwned } from './ownership.ts';
import type { RuntimeLun, RuntimeTarget } from './parse/show-target.ts';
import { CONF_REMOVE, TARGET_DEFINED } from './target-scripts.ts';
import { type MaskSeen, markOf, maskName, observeMask, readMask, writeConf } from './targets.ts';
import { notFound } from './volumes.ts';

/** Also renews the epoch of a mark of ours. */
export async function markMask(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<MaskObservation> {
  const before = await owned(ctx, client, expect);
  const { target } = before;
  if (!target) throw notFound(expect.nativeId);
  const text = renderConf(confOf(target, expect.mark));
  const name = maskName(client, target.name);
  if (before.seen.confs.get(name) !== text) {
    if (before.mark === undefined) await requireKept(ctx, client, target);
    await writeConf(ctx, client, target.name, text);
  }
  const { seen, target: now, volumes } = await readMask(ctx, client, expect.nativeId);
  if (!now) throw notFound(expect.nativeId);
  return observeMask(client, seen, now, volumes);
}

export async function unmarkMask(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<void> {
  const { mark } = await owned(ctx, client, { ...expect, unmarked: true });
  if (mark === undefined) return;
  const name = maskName(client, expect.nativeId);
  await client.script(ctx, `remove the configuration of ${name}`, CONF_REMOVE, [
    client.configuration.configDirectory,
    name,
  ]);
}

async function owned(ctx: CallContext, client: TgtClient, expect: Expectation) {
  const seen: MaskSeen = /[^A-Za-z0-9.:_-]/.test(expect.nativeId)
    ? { seen: { targets: [], portals: [], confs: new Map() }, target: undefined, volumes: new Map() }
    : await readMask(ctx, client, expect.nativeId);
  const mark = markOf(client, seen.seen, expect.nativeId);
  if (seen.target || mark) expectOwned({ nativeId: expect.nativeId, ...(mark ? { mark } : {}) }, expect);
  return { ...seen, mark };
}

/** Throws `conflict` for what a file of ours would not bring back as it is. */
async function requireKept(ctx: CallContext, client: TgtClient, target: RuntimeTarget): Promise<void> {
  const refused = (why: string) => conflict(`target ${target.name} can't be kept as it is: ${why}`);
  const addresses = target.acl.filter((entry) => isAddress(entry) && entry !== NOBODY);
  if (addresses.length > 0) throw refused(`it admits by address (${addresses.join(', ')}); admit initiators by name`);
  if (target.accounts.length > 0) throw refused(`it asks for a CHAP account (${target.accounts.join(', ')})`);
  const kept = new Set(confOf(target, { installation: '', urn: '', epoch: 0 }).luns.map(({ hlu }) => hlu));
  for (const lun of target.luns.filter(({ type }) => type !== 'controller')) {
    const why = whyNotKept(lun, kept.has(lun.lun));
    if (why !== undefined) throw refused(`LUN ${lun.lun} ${why}`);
  }
  const args = [client.configuration.configDirectory, target.name];
  const text = await client.script(ctx, `look for ${target.name} in files`, TARGET_DEFINED, args, { readOnly: true });
  const [file] = text.split('\n').filter(Boolean);
  if (file !== undefined) throw refused(`${file} defines it; take it out of there, it runs on meanwhile`);
}

function whyNotKept({ type, storeType, scsiId }: RuntimeLun, hasIdentity: boolean): string | undefined {
  if (type !== 'disk') return `is of type ${type}`;
  if (storeType !== 'rdwr') return `has a backing store of type ${storeType}`;
  return hasIdentity ? undefined : `has the identity that tgtd gave it (${scsiId}), not a scsi_id of its own`;
}
