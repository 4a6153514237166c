/**
 * Import by pattern: looks at one storage system and writes what is there as plan text. Nothing is changed; the planner
 * itself says what can be adopted, so that the text is one that plans, and what it refuses is told with its reason.
 */
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { foldName } from '../model/address.ts';
import { textMatcher } from '../model/address-pattern.ts';
import type { KindName } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { exactSize } from '../model/size.ts';
import { ZONE } from '../model/unique-names.ts';
import { uuidOf } from '../model/urn.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { type DeclaredExports, declaredOf, declareExports } from './import-exports.ts';
import { unfit } from './import-fit.ts';
import { declareHosts } from './import-hosts.ts';
import { type ImportLook, inOneForm, planText, quoted, recordedIds, stackOf, type Wanted } from './import-look.ts';
import { createNames, filled } from './import-names.ts';
import type { ImportDeclared, ImportMatchInput, ImportSkipped } from './import-types.ts';
import { plannerInput } from './planning.ts';
import type { ResultOf } from './types.ts';

type Asked = ImportMatchInput & { readonly project: string; readonly virtualPool: string };

const EMPTY = { stacks: [] };

export async function importMatch(call: Call, input: ImportMatchInput): Promise<ResultOf<'import.match'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const system = await recordedAs(loader, 'storageSystem', input.system);
    await recordedAs(loader, 'virtualArray', input.virtualArray);
    const alsoObserve = () => [{ name: system.name, urn: system.urn }];
    const order = { operation: 'import', graph: EMPTY, texts: [], options: {}, additive: true, alsoObserve };
    const base = await plannerInput(call, loader, order, new Map());
    const { observation } = base.observed.get(foldName(system.name))!;
    const { level, why } = observation.trust;
    if (level !== 'whole') {
      const summary = `storage system ${system.name} is ${level}: ${why}`;
      return fail('error', { code: 'COPRHD-DEVICE-001', summary, fix: `coprhd drift --system ${system.name}` });
    }
    const look = { loader, base, system, observation };
    return input.what === 'hosts' ? await matchHosts(look, input) : await matchVolumes(look, input as Asked);
  } finally {
    loader.close();
  }
}

async function recordedAs<K extends KindName>(loader: ViewLoader, kind: K, name: string): Promise<ResourceRecord<K>> {
  const { result } = await withView(loader, (view) => findResource(view, name, kind));
  return 'problem' in result ? fail('error', result.problem) : (result.recorded.record as ResourceRecord<K>);
}

async function matchVolumes(look: ImportLook, input: Asked): Promise<ResultOf<'import.match'>> {
  const { loader, system, observation } = look;
  const matches = textMatcher(input.pattern);
  const found = observation.volumes.filter(({ name, nativeId, wwn }) => [name, nativeId, wwn ?? ''].some(matches));
  if (found.length === 0) return nothingMatches(look, input, 'volume');
  const { result: known } = await withView(loader, (view) => ({
    ids: recordedIds(view, 'volume', system),
    names: namesInProject(view, input.project),
  }));
  const foreign = found.filter(({ nativeId }) => !known.ids.has(nativeId));
  const recorded = found.length - foreign.length;
  if (foreign.length === 0) return report(look, input, 'volumes', { ...NOTHING, yaml: undefined, recorded });
  if (foreign.length > LIMITS.importVolumesMax) {
    return fail('error', {
      code: 'COPRHD-IMPORT-001',
      summary: `${foreign.length} volumes match, at most ${LIMITS.importVolumesMax} are taken at once`,
      fix: 'write a narrower pattern, and import the rest afterwards',
    });
  }
  const nameFor = createNames(known.names);
  foreign.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.nativeId < b.nativeId ? -1 : 1));
  const wanted = foreign.map(
    (volume): Wanted => ({
      volume,
      name: nameFor(filled(input.nameTemplate, { ...volume, id: volume.nativeId, system: system.name }), 'volume'),
    }),
  );
  return settled(look, input, wanted, recorded);
}

/** What is refused is left out, and with it what it would have come along with: that is judged again. */
async function settled(
  look: ImportLook,
  input: Asked,
  wanted: readonly Wanted[],
  recorded: number,
): Promise<ResultOf<'import.match'>> {
  const refused = new Map<string, Refusal>();
  for (let round = 0; ; round++) {
    const left = wanted.filter(({ name }) => !refused.has(name));
    const text = await textFor(look, input, left);
    const found = left.length === 0 ? NOTHING_WRONG : await judged(look, input, left, text);
    if ('problems' in found) return { outcome: 'error', diagnostics: found.problems, ...NOTHING };
    if (found.refused.size === 0 || round >= ROUNDS_MAX) {
      const skipped = wanted.flatMap(({ volume, name }): ImportSkipped[] => {
        const why = refused.get(name) ?? found.refused.get(name);
        return why ? [{ name: volume.name, nativeId: volume.nativeId, ...why }] : [];
      });
      if (found.refused.size > 0)
        return report(look, input, 'volumes', { ...NOTHING, yaml: undefined, skipped, recorded });
      return report(look, input, 'volumes', {
        yaml: left.length === 0 ? undefined : text.yaml,
        declared: [...left.map(declaredVolume), ...declaredOf(text.shown)],
        skipped,
        recorded,
      });
    }
    for (const [name, why] of found.refused) refused.set(name, why);
  }
}

/** A volume takes its mask along, the mask its other volumes, these other masks. */
const ROUNDS_MAX = 8;
const NOTHING_WRONG = { refused: new Map<string, Refusal>() };

const declaredVolume = ({ volume, name }: Wanted): ImportDeclared => ({
  address: `volume.${name}`,
  nativeId: volume.nativeId,
  name: volume.name,
  sizeBytes: volume.sizeBytes,
  pool: volume.pool,
});

interface Text {
  readonly yaml: string;
  readonly shown: DeclaredExports;
}

async function textFor(look: ImportLook, input: Asked, wanted: readonly Wanted[]): Promise<Text> {
  const { result: shown } = await withView(look.loader, (view) => declareExports(look, view, input, wanted));
  return { yaml: volumesText(look, input, wanted, shown), shown };
}

const NOTHING = { declared: [], skipped: [], recorded: 0 } as const;

interface Refusal {
  readonly why: string;
  readonly fix?: string;
}

/** What the planner says of a text with all of these: refused by name, or what is wrong with the request itself. */
async function judged(
  look: ImportLook,
  input: Asked,
  wanted: readonly Wanted[],
  { yaml, shown }: Text,
): Promise<{ readonly refused: ReadonlyMap<string, Refusal> } | { readonly problems: readonly Diagnostic[] }> {
  const refused = new Map<string, Refusal>(shown.refused);
  if (refused.size > 0) return { refused };
  const { plan, diagnostics } = await planText(look, yaml);
  const byAddress = new Map<string, readonly string[]>([
    ...wanted.map(({ name }) => [`volume.${name}`, [name]] as const),
    ...shown.exports.map(({ name, volumes }) => [`export.${name}`, volumes] as const),
  ]);
  const others: Diagnostic[] = [];
  for (const { span: _span, ...diagnostic } of diagnostics) {
    if (diagnostic.severity !== 'error') continue;
    const address = diagnostic.address?.replace(`${stackOf(input)}/`, '') ?? '';
    const isTheirs = diagnostic.code === 'COPRHD-IMPORT-001' || address.startsWith('export.');
    const names = isTheirs ? byAddress.get(address) : undefined;
    if (names === undefined) others.push(diagnostic);
    // Why the mask can't come along says more than that it doesn't.
    for (const name of names ?? [])
      if (!refused.has(name) || address.startsWith('export.')) refused.set(name, refusal(diagnostic));
  }
  if (others.length > 0) return { problems: others };
  if (plan || refused.size > 0) {
    const { result } = await withView(look.loader, (view) => unfit(look, view, input, wanted));
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
  input: Asked,
  wanted: readonly Wanted[],
  { exports, hosts, clusters }: DeclaredExports,
): string {
  const of = `virtualPool: ${quoted(input.virtualPool)}, virtualArray: ${quoted(input.virtualArray)}, protect: true`;
  const imported = (address: string, nativeId: string) =>
    `  - { address: ${quoted(address)}, system: ${quoted(system.name)}, nativeId: ${quoted(nativeId)} }`;
  return inOneForm(
    [
      ...(hosts.length === 0 ? [] : [...hostsLines(system.name, hosts, clusters), '---']),
      `# Volumes of ${system.name} that match ${quoted(input.pattern)}, as they are there.`,
      '# Applying this takes them over: their marks are written, nothing else. The list under import may then go.',
      'kind: stack',
      `stack: ${quoted(stackOf(input))}`,
      `project: ${quoted(input.project)}`,
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

function namesInProject(view: RecordedView, project: string): string[] {
  const record = view.byName('project', ZONE, project)?.record;
  return record ? view.inScope('volume', uuidOf(record.urn)).map((found) => found.record.name) : [];
}

function nothingMatches({ system, observation }: ImportLook, input: ImportMatchInput, what: string): never {
  const names = (input.what === 'hosts' ? observation.masks : observation.volumes).map(({ name }) => name);
  const some = names.slice(0, 3).join(', ');
  return fail('error', {
    code: 'COPRHD-IMPORT-001',
    summary: `no ${what} of ${system.name} matches ${input.pattern}`,
    detail:
      names.length === 0 ? 'it has none at all' : `it has ${names.length}: ${some}${names.length > 3 ? '...' : ''}`,
    fix: `coprhd discover --system ${system.name} lists what is foreign; quote the pattern, so that the shell leaves it`,
  });
}

interface Found {
  readonly yaml: string | undefined;
  readonly declared: readonly ImportDeclared[];
  readonly skipped: readonly ImportSkipped[];
  readonly recorded: number;
}

function report(
  { system }: ImportLook,
  input: ImportMatchInput,
  what: string,
  { yaml, ...found }: Found,
): ResultOf<'import.match'> {
  const rest = { system: system.name, stack: stackOf(input), ...found };
  if (yaml !== undefined) return { outcome: 'ok', diagnostics: [], ...rest, yaml };
  const all = found.skipped.length === 0;
  const diagnostic: Diagnostic = {
    code: 'COPRHD-IMPORT-001',
    severity: all ? 'info' : 'error',
    summary: all
      ? `all ${what} of ${system.name} that match ${input.pattern} are recorded already`
      : `none of the ${what} of ${system.name} that match ${input.pattern} can be imported`,
  };
  return { outcome: all ? 'ok' : 'error', diagnostics: [diagnostic], ...rest };
}

async function matchHosts(look: ImportLook, input: ImportMatchInput): Promise<ResultOf<'import.match'>> {
  const { result } = await withView(look.loader, (view) => declareHosts(look, view, input));
  if (result.matched === 0) return nothingMatches(look, input, 'mask');
  const yaml = result.text === undefined ? undefined : inOneForm(result.text);
  const { diagnostics } = yaml === undefined ? { diagnostics: [] } : await planText(look, yaml);
  const problems = diagnostics.filter(({ severity }) => severity === 'error').map(({ span: _span, ...rest }) => rest);
  if (problems.length > 0) return { outcome: 'error', diagnostics: problems, ...NOTHING };
  const { declared, skipped, recorded } = result;
  return report(look, input, 'hosts', { yaml, declared, skipped, recorded });
}
