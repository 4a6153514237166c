/** How somebody would remove what a report says could be given back: commands to type, in their order. Pure; nothing here does it. */
import { shellWord } from '../../lib/shell-word.ts';
import { localAddress } from '../model/address.ts';
import type { OnArrayRecord } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { addressOf } from '../observe/addresses.ts';
import type { ReclaimContext } from './reclaim-reasons.ts';
import type { ReclaimItem, ReclaimReason } from './reclaim-types.ts';

const NEEDED_BY_MAX = 10;

type Needs = Pick<ReclaimItem, 'neededBy' | 'neededByCount'>;

/** Exports that show it, and what was made of it and needs it. */
export function neededBy(
  { view, lunMapsOf, snapshotsOf }: ReclaimContext,
  record: OnArrayRecord,
  copies: readonly ResourceRecord<'volume'>[],
): Needs {
  const exports = lunMapsOf(record.urn)
    .filter(isLive)
    .map(({ spec }) => view.get(spec.export)?.record);
  const found = [...exports, ...snapshotsOf(record.urn), ...copies].flatMap(
    (other): [string, Needs['neededBy'][number]][] =>
      other ? [[other.urn, { address: addressOf(other), urn: other.urn }]] : [],
  );
  const all = [...new Map(found).values()];
  return { neededBy: all.slice(0, NEEDED_BY_MAX), neededByCount: all.length };
}

/** `name`: as it is typed, its id where its address is another one's too. */
export function removing(
  context: ReclaimContext,
  record: OnArrayRecord,
  reasons: readonly ReclaimReason[],
  name: string,
): string[] {
  const word = shellWord(name);
  const has = (reason: ReclaimReason['reason']) => reasons.some((each) => each.reason === reason);
  if (has('quarantined')) return [`coprhd purge ${word} --confirm-destroy=1`];
  if (has('retained')) return ['on its storage system: it is not ours any more'];
  const unexport = exportsOf(context, record).map((each) => takenOut(record, each));
  return [...unexport, ...(byPolicy(reasons) ?? removal(record, word))];
}

function byPolicy(reasons: readonly ReclaimReason[]): string[] | undefined {
  const policy = reasons.find((each) => each.policy !== undefined)?.policy;
  return policy === undefined ? undefined : [`coprhd snapshot run ${shellWord(policy)}`];
}

function exportsOf({ view, lunMapsOf }: ReclaimContext, { urn }: OnArrayRecord): ResourceRecord<'export'>[] {
  const found = lunMapsOf(urn)
    .filter(isLive)
    .flatMap(({ spec }) => view.get<'export'>(spec.export)?.record ?? []);
  return [...new Map(found.map((each) => [each.urn, each])).values()];
}

function takenOut(record: OnArrayRecord, exported: ResourceRecord<'export'>): string {
  if (exported.owner.type === 'api') {
    return `coprhd export change ${shellWord(addressOf(exported))} --remove-volume ${shellWord(record.name)}`;
  }
  return `take ${record.name} out of ${localAddress('export', exported.name)} in ${fileOf(exported)}`;
}

const fileOf = ({ owner, sourceFile }: ResourceRecord): string =>
  sourceFile ?? (owner.type === 'stack' ? `the file of stack ${owner.name}` : 'its file');

function removal(record: OnArrayRecord, word: string): string[] {
  const { owner, policy, name } = record;
  const kind = (record as ResourceRecord).kind as 'volume' | 'snapshot';
  if (owner.type !== 'stack') {
    return [
      ...(policy.protect && kind === 'volume' ? [`coprhd volume change ${word} --no-protect`] : []),
      `coprhd ${kind} delete ${word} --confirm-destroy=1`,
    ];
  }
  const [local, file] = [localAddress(kind, name), fileOf(record)];
  const apply = `coprhd apply, with all files of stack ${owner.name}`;
  return [
    ...(policy.protect ? [`write protect: false at ${local} in ${file}, then ${apply}`] : []),
    `take ${local} out of ${file}, then ${apply} and --confirm-destroy=1`,
  ];
}
