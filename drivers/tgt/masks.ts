/**
 * The masking half of the block array contract: a mask is one target, its initiators are the target's access list, its
 * mappings are the LUNs.
 *
 * Order of changes, so that a crash at any point is repaired by asking again, and so that a restart of tgtd (which
 * takes the files) never gives more access than ran before:
 *   new mask      file with the mark and no access -> target -> access list -> file as it runs
 *   give access   target -> file
 *   take access   file -> target
 *   remove mask   target -> file
 * A target is never without its mark in this way: there is no moment in which ours looks foreign.
 */
import {
  type BlockArray,
  type CallContext,
  DriverError,
  type EnsureMaskArgs,
  type Expectation,
  type MarkRequest,
  type MaskObservation,
  type Page,
} from 'coprhd/driver';
import { markMask, unmarkMask } from './adopting.ts';
import { changing, type TgtClient } from './client.ts';
import { confOf, isAddress, type MaskConf, NOBODY, namesIn, renderConf } from './conf-file.ts';
import { mappingCalls } from './mappings.ts';
import { conflict, expectOwned, sameOwner } from './ownership.ts';
import type { RuntimeTarget } from './parse/show-target.ts';
import { scanPool } from './pool-files.ts';
import { CONF_REMOVE, TARGET_ACL, TARGET_DELETE, TARGET_NEW, TARGET_READY } from './target-scripts.ts';
import {
  isTargetName,
  markOf,
  maskName,
  observeMask,
  readMask,
  readTargets,
  settle,
  type TargetsSeen,
  targetName,
  writeConf,
} from './targets.ts';
import { requireName } from './volumes.ts';

export const MASK_NAME_LENGTH_MAX = 100;
const NEW_TARGET_ATTEMPTS_MAX = 16;
const INITIATOR =
  /^(iqn\.\d{4}-\d{2}\.[a-z0-9.-]+(:[a-z0-9.:_-]+)?|eui\.[0-9a-f]{16}|naa\.[0-9a-f]{16}([0-9a-f]{16})?)$/;
const INITIATOR_LENGTH_MAX = 223;

type MaskCalls = Pick<
  BlockArray,
  | 'listPorts'
  | 'listMasks'
  | 'readMask'
  | 'findMask'
  | 'ensureMask'
  | 'markMask'
  | 'unmarkMask'
  | 'deleteMask'
  | 'ensureMapping'
  | 'removeMapping'
>;

export function maskCalls(client: TgtClient): MaskCalls {
  return {
    listPorts: async (ctx) => {
      const { portals } = await readTargets(ctx, client, '-');
      const items = portals.map(({ address, ip, wildcard }) => ({
        nativeId: address,
        name: wildcard ? `${address} (any address; give tgtd explicit portals)` : address,
        transport: 'ip' as const,
        address,
        haDomain: 'tgtd',
        physicalPort: ip,
        status: wildcard ? ('down' as const) : ('up' as const),
      }));
      return { items: items.sort((a, b) => (a.address < b.address ? -1 : 1)), complete: true };
    },
    listMasks: async (ctx) => {
      const [seen, volumes] = await Promise.all([readTargets(ctx, client), volumesByPath(ctx, client)]);
      const items = seen.targets.map((target) => observeMask(client, seen, target, volumes.byPath));
      return { items, complete: volumes.complete } satisfies Page<MaskObservation>;
    },
    readMask: (ctx, nativeId) => observed(ctx, client, nativeId),
    findMask: (ctx, name) => observed(ctx, client, targetName(client, name)),
    ensureMask: (ctx, args) => changing(client, (own) => ensureMask(ctx, own, args)),
    markMask: (ctx, expect) => changing(client, (own) => markMask(ctx, own, expect)),
    unmarkMask: (ctx, expect) => changing(client, (own) => unmarkMask(ctx, own, expect)),
    deleteMask: (ctx, expect) => changing(client, (own) => deleteMask(ctx, own, expect)),
    ...mappingCalls(client),
  };
}

/** Which file a LUN has, by path. A pool that can't be read makes a listing incomplete. */
async function volumesByPath(ctx: CallContext, client: TgtClient) {
  const byPath = new Map<string, string>();
  let complete = true;
  const pools = Object.keys(client.configuration.pools);
  await Promise.all(
    pools.map(async (pool) => {
      try {
        for (const { shownPath, nativeId } of await scanPool(ctx, client, pool)) byPath.set(shownPath, nativeId);
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        complete = false;
      }
    }),
  );
  return { byPath, complete };
}

async function observed(ctx: CallContext, client: TgtClient, nativeId: string): Promise<MaskObservation | undefined> {
  if (/[^A-Za-z0-9.:_-]/.test(nativeId)) return undefined;
  const { seen, target, volumes } = await readMask(ctx, client, nativeId);
  return target && observeMask(client, seen, target, volumes);
}

async function ensureMask(ctx: CallContext, client: TgtClient, args: EnsureMaskArgs): Promise<MaskObservation> {
  if (!isTargetName(args.name)) requireName(args.name, MASK_NAME_LENGTH_MAX);
  const initiators = [...new Set(args.initiators.map((name) => name.toLowerCase()))].sort();
  for (const name of initiators) {
    if (INITIATOR.test(name) && name.length <= INITIATOR_LENGTH_MAX) continue;
    throw new DriverError({ class: 'invalid', message: `${JSON.stringify(name)} is not an iSCSI initiator name` });
  }
  const native = targetName(client, args.name);
  let seen = await readTargets(ctx, client, args.name);
  refuseOther(client, seen, native, args.mark);
  if (!seen.targets.some(({ name }) => name === native)) seen = await newTarget(ctx, client, native, args);

  const target = seen.targets.find(({ name }) => name === native);
  if (!target) throw new DriverError({ class: 'ambiguous', message: `target ${native} went away meanwhile` });
  await correctAccess(ctx, client, target, initiators, args.mark);
  if (target.state !== 'ready') {
    await client.script(ctx, `make ${native} ready`, TARGET_READY, [target.tid, native]);
  }
  const settled = await settle(ctx, client, native, args.mark);
  return observeMask(client, settled.seen, settled.target, settled.volumes);
}

function refuseOther(client: TgtClient, seen: TargetsSeen, native: string, mark: MarkRequest): void {
  const running = seen.targets.some(({ name }) => name === native);
  const hasFile = seen.confs.has(maskName(client, native));
  if (!running && !hasFile) return;
  const found = markOf(client, seen, native);
  if (!found) throw conflict(`there is a target ${native} that carries no mark of ours`);
  expectOwned({ nativeId: native, mark: found }, { nativeId: native, mark });
}

/**
 * Takes the lowest free number; another coprhd may be faster, then the next. A file left from before a restart of tgtd
 * is emptied first: what it granted is granted again mapping by mapping, by whoever asks for it.
 */
async function newTarget(
  ctx: CallContext,
  client: TgtClient,
  native: string,
  args: EnsureMaskArgs,
): Promise<TargetsSeen> {
  const closed: MaskConf = { target: native, mark: args.mark, initiators: [], luns: [] };
  await writeConf(ctx, client, native, renderConf(closed), 'new');
  for (let attempt = 0; attempt < NEW_TARGET_ATTEMPTS_MAX; attempt++) {
    const before = await readTargets(ctx, client, args.name);
    if (before.targets.some(({ name }) => name === native)) return before;
    const used = new Set(before.targets.map(({ tid }) => tid));
    let tid = 1;
    while (used.has(tid)) tid++;
    try {
      await client.script(ctx, `create target ${native}`, TARGET_NEW, [tid, native]);
      return await readTargets(ctx, client, args.name);
    } catch (error) {
      if (!(error instanceof DriverError && error.class === 'exists')) throw error;
    }
  }
  throw new DriverError({ class: 'busy', message: 'target numbers are taken faster than they are found' });
}

async function correctAccess(
  ctx: CallContext,
  client: TgtClient,
  target: RuntimeTarget,
  initiators: readonly string[],
  mark: MarkRequest,
): Promise<void> {
  const change = (op: 'bind' | 'unbind', flag: '-Q' | '-I', who: string) =>
    client.script(ctx, `${op} ${who}`, TARGET_ACL, [target.tid, target.name, op, flag, who]).catch((error: unknown) => {
      const done = op === 'bind' ? 'exists' : 'not-found';
      if (!(error instanceof DriverError && error.class === done)) throw error;
    });
  const names = namesIn(target.acl);
  const excess = target.acl.filter((entry) =>
    isAddress(entry) ? entry !== NOBODY : !initiators.includes(entry.toLowerCase()),
  );
  if (excess.length > 0) {
    const kept = { ...confOf(target, mark), initiators: names.filter((name) => initiators.includes(name)) };
    await writeConf(ctx, client, target.name, renderConf(kept));
    for (const entry of excess) await change('unbind', isAddress(entry) ? '-I' : '-Q', entry);
  }
  for (const name of initiators) if (!names.includes(name)) await change('bind', '-Q', name);
}

async function deleteMask(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<void> {
  const mask = maskName(client, expect.nativeId);
  if (/[^A-Za-z0-9.:_-]/.test(mask)) return;
  const { seen, target, volumes: files } = await readMask(ctx, client, expect.nativeId);
  const mark = markOf(client, seen, expect.nativeId);
  if (target) {
    expectOwned({ nativeId: target.name, ...(mark ? { mark } : {}) }, expect);
    const { mappings } = observeMask(client, seen, target, files);
    const volumes = mappings.map(({ volume }) => volume);
    if (volumes.length > 0) throw conflict(`mask ${mask} maps ${volumes.join(', ')}`, volumes);
    await client
      .script(ctx, `delete target ${target.name}`, TARGET_DELETE, [
        target.tid,
        target.name,
        client.configuration.configDirectory,
        mask,
      ])
      .catch((error) => {
        if (error instanceof DriverError && error.class === 'busy')
          throw conflict(`somebody logged in to mask ${mask}`);
        throw error;
      });
  }
  // Left over from a delete that was cut short, or from before tgtd restarted without its files.
  if (!target && mark && sameOwner(mark, expect.mark)) {
    const args = [client.configuration.configDirectory, mask];
    await client.script(ctx, `remove the configuration of ${mask}`, CONF_REMOVE, args);
  }
}
