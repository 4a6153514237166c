/** What the plan views say in common: symbols, counts by kind, sizes, groups. Everything is computed from the plan. */
import { parseUrn } from '../engine/model/urn.ts';
import type { Action, Change, ChildChange, Plan } from '../engine/planner/plan.ts';
import { groupBy } from '../lib/group-by.ts';
import { formatBytes, kindWords } from './format.ts';
import type { Tone } from './style.ts';

export type ChangeSymbol = '+' | '~' | '-' | '>' | '!';

const SYMBOLS: Record<Action, ChangeSymbol> = {
  noop: '>',
  create: '+',
  undelete: '+',
  update: '~',
  'replace-create-first': '~',
  'replace-delete-first': '~',
  delete: '-',
  quarantine: '-',
  purge: '-',
  retain: '>',
  adopt: '>',
  forget: '>',
  move: '>',
  invoke: '>',
  held: '!',
};

export const TONES: Record<ChangeSymbol, Tone> = {
  '+': 'add',
  '~': 'change',
  '-': 'remove',
  '>': 'other',
  '!': 'held',
};

/** Said even when it is nothing: it is what people look for first. */
export const NO_REMOVAL = '-0';

const MEANING: Record<ChangeSymbol, string> = {
  '+': 'add',
  '~': 'change',
  '-': 'remove',
  '>': 'record only',
  '!': 'held',
};

const ORDER: readonly ChangeSymbol[] = ['+', '~', '-', '>', '!'];

export function symbolOf(change: Pick<Change, 'action'>): ChangeSymbol {
  return SYMBOLS[change.action];
}

/** Moves are records only, except one that also changes the object. */
export function symbolOfChange(change: Change): ChangeSymbol {
  // A verb that only changes what is recorded is told by its name.
  if (change.action === 'invoke') return change.facts.verb === 'detach' ? '>' : '~';
  return change.action === 'move' && !change.reversible ? '~' : symbolOf(change);
}

export function symbolOfChild(child: ChildChange): ChangeSymbol {
  return child.action === 'create' ? '+' : child.action === 'delete' ? '-' : '~';
}

/** Words for an action where the symbol doesn't say it all. */
export function actionWord(change: Change): string {
  switch (change.action) {
    case 'create':
    case 'update':
    case 'held':
    case 'noop':
      return '';
    case 'replace-create-first':
      return 'replace (new one first)';
    case 'replace-delete-first':
      return 'replace (old one first)';
    case 'retain':
      return 'let go';
    default:
      return change.action;
  }
}

export function usedSymbols(changes: readonly Change[]): ChangeSymbol[] {
  const used = new Set(changes.flatMap((change) => [symbolOfChange(change), ...change.children.map(symbolOfChild)]));
  return ORDER.filter((symbol) => used.has(symbol));
}

/** Only the symbols that this plan uses. */
export function legend(changes: readonly Change[]): string {
  const symbols = usedSymbols(changes).map((symbol) => `${symbol} ${MEANING[symbol]}`);
  const quarantine = changes.some((change) => change.action === 'quarantine');
  return [...symbols, ...(quarantine ? ['quarantine: unexported, renamed, data kept'] : [])].join('   ');
}

/** `+4 volumes (8 TiB thin)`, `~1 export`, `-0`: one part a symbol and kind, in the order of the symbols. */
export function summaryParts(plan: Plan): { readonly symbol: ChangeSymbol; readonly text: string }[] {
  const parts = ORDER.flatMap((symbol) => {
    const changes = plan.changes.filter((change) => symbolOfChange(change) === symbol);
    const kinds = [...new Set(changes.map((change) => change.kind))];
    return kinds.map((kind) => {
      const count = changes.filter((change) => change.kind === kind).length;
      const sizes = kind === 'volume' ? sizesOf(plan, symbol) : '';
      return { symbol, text: `${symbol}${count} ${kindWords(kind, count)}${sizes}` };
    });
  });
  if (!parts.some(({ symbol }) => symbol === '-')) parts.push({ symbol: '-', text: NO_REMOVAL });
  return parts;
}

function sizesOf(plan: Plan, symbol: ChangeSymbol): string {
  if (symbol === '-') return plan.removals.bytes > 0 ? ` (${formatBytes(plan.removals.bytes)})` : '';
  if (symbol !== '+') return '';
  const created = plan.units.flatMap((unit) => unit.steps).filter((step) => step.kind === 'volume.create');
  const sums = new Map<string, number>();
  for (const { args } of created) sums.set(args.provisioning, (sums.get(args.provisioning) ?? 0) + args.sizeBytes);
  const texts = [...sums].map(([provisioning, bytes]) => `${formatBytes(bytes)} ${provisioning}`);
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Where a change happens, as far as the plan says it. */
export function groupOf(change: Change): string {
  const { facts } = change;
  const host = text(facts.host);
  const cluster = text(facts.cluster);
  const system = text(facts.system);
  for (const several of ['hosts', 'clusters']) if (text(facts[several])) return `${several} ${facts[several]}`;
  if (cluster !== undefined) return `cluster ${cluster}`;
  if (host !== undefined) return `host ${host}`;
  if (system !== undefined) return `array ${system}`;
  const slash = change.address.indexOf('/');
  const stack = slash < 0 ? 'infrastructure' : change.address.slice(0, slash);
  return stack === 'infrastructure' ? stack : `stack ${stack}`;
}

/** In the order in which the plan names them. */
export const groups = (changes: readonly Change[]): Map<string, Change[]> => groupBy(changes, groupOf);

export interface ChildGroup {
  readonly symbol: ChangeSymbol;
  readonly kind: ChildChange['kind'];
  readonly summaries: readonly string[];
}

/** Children that are no more than names are said together: `+ 2 pools: bulk, fast`. */
export function childGroups(children: readonly ChildChange[]): ChildGroup[] {
  const found: { symbol: ChangeSymbol; kind: ChildChange['kind']; summaries: string[] }[] = [];
  for (const child of children) {
    const symbol = symbolOfChild(child);
    const isName = !child.summary.includes(' ');
    const group = found.find((each) => each.symbol === symbol && each.kind === child.kind);
    if (isName && group && !group.summaries[0]!.includes(' ')) group.summaries.push(child.summary);
    else found.push({ symbol, kind: child.kind, summaries: [child.summary] });
  }
  return found;
}

export interface PoolPromise {
  readonly urn: string;
  /** `array-1/fast`, or the pool's URN where the plan doesn't name it. */
  readonly pool: string;
  readonly allocatedBytes: number;
  readonly subscribedBytes: number;
}

/** What the plan takes in each pool (releases count negative). */
export function poolPromises(plan: Plan): PoolPromise[] {
  const byAddress = new Map(plan.changes.map((change) => [change.address, change]));
  const names = new Map<string, string>();
  const sums = new Map<string, { allocatedBytes: number; subscribedBytes: number }>();
  for (const unit of plan.units) {
    const facts = byAddress.get(unit.address)?.facts;
    const [system, pool] = [text(facts?.system), text(facts?.pool)];
    const entries = [
      ...unit.reservations.map((each) => ({ ...each, sign: 1 })),
      ...unit.releases.map((each) => ({ ...each, sign: -1 })),
    ];
    for (const { pool: urn, amounts, sign } of entries) {
      // Accounts of quotas are not of the device.
      if (parseUrn(urn).kind !== 'pool') continue;
      if (system !== undefined && pool !== undefined) names.set(urn, `${system}/${pool}`);
      const sum = sums.get(urn) ?? { allocatedBytes: 0, subscribedBytes: 0 };
      sum.allocatedBytes += sign * amounts.allocatedBytes;
      sum.subscribedBytes += sign * amounts.subscribedBytes;
      sums.set(urn, sum);
    }
  }
  return [...sums].map(([urn, sum]) => ({ urn, pool: names.get(urn) ?? urn, ...sum }));
}

export function isEmpty(plan: Plan): boolean {
  return plan.changes.every((change) => change.action === 'noop') && plan.units.length === 0;
}
