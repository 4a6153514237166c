/**
 * Import by pattern: looks at one storage system and writes what is there as plan text. Nothing is changed; the planner
 * itself says what can be adopted, so that the text is one that plans, and what it refuses is told with its reason.
 */
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { textMatcher } from '../model/address-pattern.ts';
import { openViewLoader, withView } from '../state/view.ts';
import type { Call } from './engine.ts';
import { declaredOf } from './import-exports.ts';
import { declareHosts } from './import-hosts.ts';
import {
  type ImportLook,
  inOneForm,
  lookToImport,
  namesInProject,
  planText,
  quoted,
  recordedAs,
  recordedIds,
  stackOf,
  type Wanted,
} from './import-look.ts';
import { createNames, filled } from './import-names.ts';
import { declaredVolume, settled } from './import-settling.ts';
import type { ImportDeclared, ImportMatchInput, ImportSkipped } from './import-types.ts';
import type { ResultOf } from './types.ts';

type Asked = ImportMatchInput & { readonly project: string; readonly virtualPool: string };

export async function importMatch(call: Call, input: ImportMatchInput): Promise<ResultOf<'import.match'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const system = await recordedAs(loader, 'storageSystem', input.system);
    await recordedAs(loader, 'virtualArray', input.virtualArray);
    const look = await lookToImport(call, loader, system);
    return input.what === 'hosts' ? await matchHosts(look, input) : await matchVolumes(look, input as Asked);
  } finally {
    loader.close();
  }
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
  return settledText(look, input, wanted, recorded);
}

async function settledText(
  look: ImportLook,
  input: Asked,
  wanted: readonly Wanted[],
  recorded: number,
): Promise<ResultOf<'import.match'>> {
  const { system } = look;
  const found = await settled(
    look,
    input,
    {
      stack: stackOf(input),
      comments: [
        `Volumes of ${system.name} that match ${quoted(input.pattern)}, as they are there.`,
        'Applying this takes them over: their marks are written, nothing else. The list under import may then go.',
      ],
      policy: 'protect: true',
    },
    wanted,
  );
  if ('problems' in found) return { outcome: 'error', diagnostics: found.problems, ...NOTHING };
  const { left, text, skipped } = found;
  return report(look, input, 'volumes', {
    yaml: left.length === 0 ? undefined : text.yaml,
    declared: left.length === 0 ? [] : [...left.map(declaredVolume), ...declaredOf(text.shown)],
    skipped,
    recorded,
  });
}

const NOTHING = { declared: [], skipped: [], recorded: 0 } as const;

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
