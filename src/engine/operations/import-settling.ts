/**
 * Which of the volumes that somebody wants can be taken over, and the plan text that does it: the planner itself is asked, so that the
 * text is one that plans, and what it refuses is told with its reason. Internal to the operations that import.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { exactSize } from '../model/size.ts';
import { withView } from '../state/view.ts';
import { type DeclaredExports, declareExports } from './import-exports.ts';
import { unfit } from './import-fit.ts';
import { type ImportLook, inOneForm, planText, quoted, type Wanted } from './import-look.ts';
import type { ImportDeclared, ImportSkipped } from './import-types.ts';

/** Where they belong from now on, by name. */
export interface Into {
  readonly project: string;
  readonly virtualPool: string;
  readonly virtualArray: string;
}

/** How the text is written. */
export interface Writing {
  readonly stack: string;
  /** What stands above it, without `#`. */
  readonly comments: readonly string[];
  /** What volumes are besides where they belong: `protect: true`. */
  readonly policy: string;
  /** By name of the volume: what else forbids it to be shown to whom it is shown. */
  readonly alsoRefused?: (shown: DeclaredExports, wanted: readonly Wanted[]) => ReadonlyMap<string, Refusal>;
}

export interface Refusal {
  readonly why: string;
  readonly fix?: string;
}

export interface Settled {
  /** Those that can; none of them without the others that come along. */
  readonly left: readonly Wanted[];
  readonly text: ImportText;
  readonly skipped: readonly ImportSkipped[];
}

export interface ImportText {
  readonly yaml: string;
  readonly shown: DeclaredExports;
}

/** What the report says of it. */
export const declaredVolume = ({ volume, name }: Wanted): ImportDeclared => ({
  address: `volume.${name}`,
  nativeId: volume.nativeId,
  name: volume.name,
  sizeBytes: volume.sizeBytes,
  pool: volume.pool,
});

/** A volume takes its mask along, the mask its other volumes, these other masks. */
const ROUNDS_MAX = 8;

/** What is refused is left out, and with it what it would have come along with: that is judged again. */
export async function settled(
  look: ImportLook,
  into: Into,
  writing: Writing,
  wanted: readonly Wanted[],
): Promise<Settled | { readonly problems: readonly Diagnostic[] }> {
  const refused = new Map<string, Refusal>();
  for (let round = 0; ; round++) {
    const left = wanted.filter(({ name }) => !refused.has(name));
    const text = await textFor(look, into, writing, left);
    const found = left.length === 0 ? NOTHING_WRONG : await judged(look, into, writing, left, text);
    if ('problems' in found) return found;
    if (found.refused.size === 0 || round >= ROUNDS_MAX) {
      const skipped = wanted.flatMap(({ volume, name }): ImportSkipped[] => {
        const why = refused.get(name) ?? found.refused.get(name);
        return why ? [{ name: volume.name, nativeId: volume.nativeId, ...why }] : [];
      });
      return { left: found.refused.size > 0 ? [] : left, text, skipped };
    }
    for (const [name, why] of found.refused) refused.set(name, why);
  }
}

const NOTHING_WRONG = { refused: new Map<string, Refusal>() };

async function textFor(look: ImportLook, into: Into, writing: Writing, wanted: readonly Wanted[]): Promise<ImportText> {
  const { result: shown } = await withView(look.loader, (view) => declareExports(look, view, into, wanted));
  return { yaml: volumesText(look, into, writing, wanted, shown), shown };
}

/** What the planner says of a text with all of these: refused by name, or what is wrong with the request itself. */
async function judged(
  look: ImportLook,
  into: Into,
  { stack, alsoRefused }: Writing,
  wanted: readonly Wanted[],
  { yaml, shown }: ImportText,
): Promise<{ readonly refused: ReadonlyMap<string, Refusal> } | { readonly problems: readonly Diagnostic[] }> {
  const refused = new Map<string, Refusal>([...shown.refused, ...(alsoRefused?.(shown, wanted) ?? [])]);
  if (refused.size > 0) return { refused };
  const { plan, diagnostics } = await planText(look, yaml);
  const byAddress = new Map<string, readonly string[]>([
    ...wanted.map(({ name }) => [`volume.${name}`, [name]] as const),
    ...shown.exports.map(({ name, volumes }) => [`export.${name}`, volumes] as const),
  ]);
  const others: Diagnostic[] = [];
  for (const { span: _span, ...diagnostic } of diagnostics) {
    if (diagnostic.severity !== 'error') continue;
    const address = diagnostic.address?.replace(`${stack}/`, '') ?? '';
    const isTheirs = diagnostic.code === 'COPRHD-IMPORT-001' || address.startsWith('export.');
    const names = isTheirs ? byAddress.get(address) : undefined;
    if (names === undefined) others.push(diagnostic);
    // Why the mask can't come along says more than that it doesn't.
    for (const name of names ?? [])
      if (!refused.has(name) || address.startsWith('export.')) refused.set(name, refusal(diagnostic));
  }
  if (others.length > 0) return { problems: others };
  if (plan || refused.size > 0) {
    const { result } = await withView(look.loader, (view) => unfit(look, view, into, wanted));
    for (const [name, miss] of result) if (!refused.has(name)) refused.set(name, miss);
  }
  return { refused };
}

function refusal({ summary, fix }: Diagnostic): Refusal {
  const why = summary.slice(summary.indexOf(': ') + 2);
  return { why, ...(fix === undefined ? {} : { fix }) };
}

function volumesText(
  { system }: ImportLook,
  { project, virtualPool, virtualArray }: Into,
  { stack, comments, policy }: Writing,
  wanted: readonly Wanted[],
  { exports, hosts, clusters }: DeclaredExports,
): string {
  const of = `virtualPool: ${quoted(virtualPool)}, virtualArray: ${quoted(virtualArray)}, ${policy}`;
  const imported = (address: string, nativeId: string) =>
    `  - { address: ${quoted(address)}, system: ${quoted(system.name)}, nativeId: ${quoted(nativeId)} }`;
  return inOneForm(
    [
      ...(hosts.length === 0 ? [] : [...hostsLines(system.name, hosts, clusters), '---']),
      ...comments.map((line) => `# ${line}`),
      'kind: stack',
      `stack: ${quoted(stack)}`,
      `project: ${quoted(project)}`,
      'volumes:',
      ...wanted.map(({ name, volume }) => `  ${quoted(name)}: { size: ${exactSize(volume.sizeBytes)}, ${of} }`),
      ...(exports.length === 0 ? [] : ['exports:', ...exports.map(({ line }) => line)]),
      'import:',
      ...wanted.map(({ name, volume }) => imported(`volume.${name}`, volume.nativeId)),
      ...exports.flatMap(({ name, masks }) => masks.map(({ nativeId }) => imported(`export.${name}`, nativeId))),
      '',
    ].join('\n'),
  );
}

function hostsLines(system: string, hosts: DeclaredExports['hosts'], clusters: readonly string[]): string[] {
  return [
    `# Hosts that ${system} shows them to, one for each mask.`,
    'kind: infrastructure',
    'stack: imported-hosts',
    'hosts:',
    ...hosts.map(({ line }) => line),
    ...(clusters.length === 0 ? [] : ['clusters:', ...clusters]),
  ];
}
