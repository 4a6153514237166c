/**
 * Takes volumes over that are on a storage system already, with the masks that show them to a host or a cluster: as import by pattern, but at
 * once, and declared in no file. What can't be is left out, and its reason told; data, names, access and LUN numbers stay.
 */
import { type Diagnostic, hasErrors } from '../../lib/diagnostic.ts';
import { loadPlan } from '../config/load.ts';
import { foldName } from '../model/address.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { inNoStack, planBodies } from './by-name-plans.ts';
import type { Call } from './engine.ts';
import { type DeclaredExports, declaredOf } from './import-exports.ts';
import { type ImportLook, lookToImport, namesInProject, recordedAs, recordedIds, type Wanted } from './import-look.ts';
import { createNames } from './import-names.ts';
import { declaredVolume, type Refusal, settled, type Writing } from './import-settling.ts';
import type { ImportSkipped } from './import-types.ts';
import { planReport, withoutSpans } from './one-shot.ts';
import type { InputOf, ResultOf } from './types.ts';

type Input = InputOf<'foreign.adopt'>;

const STACK = 'adopted';

export async function foreignAdopt(call: Call, input: Input): Promise<ResultOf<'foreign.adopt'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const system = await recordedAs(loader, 'storageSystem', input.system);
    const pool = await recordedAs(loader, 'virtualPool', input.virtualPool);
    const array = await recordedAs(loader, 'virtualArray', input.virtualArray);
    const project = await recordedAs(loader, 'project', input.project);
    const names = { virtualPool: pool.name, virtualArray: array.name, project: project.name };
    const to = await seerOf(loader, input);
    const look = await lookToImport(call, loader, system);
    const { wanted, skipped: notThere } = await wantedOf(look, { ...input, ...names, system: system.name }, to);
    const writing: Writing = {
      stack: STACK,
      comments: [],
      // Whoever asks for it without a file keeps it without one; what is removed stays for a while all the same, unless its virtual pool says otherwise.
      policy: `protect: false, onRemove: ${pool.policy.onRemove === 'delete' ? 'quarantine' : pool.policy.onRemove}`,
      alsoRefused: (shown, left) => shownToOthers(look, shown, left, to),
    };
    const found = await settled(look, names, writing, wanted);
    if ('problems' in found) return { ...NOTHING, outcome: 'error', diagnostics: found.problems };
    const { left, text } = found;
    const skipped = [...notThere, ...found.skipped];
    if (left.length === 0) return { ...NOTHING, outcome: 'error', diagnostics: nothingLeft(skipped), skipped };
    const { graph, diagnostics } = loadPlan([{ file: 'adopt.yaml', text: text.yaml }], { variables: {} });
    if (hasErrors(diagnostics))
      return { ...NOTHING, outcome: 'error', diagnostics: withoutSpans(diagnostics), skipped };
    const order = { operation: 'import', graph: inNoStack(graph, 'import') };
    const result = await planBodies(call, loader, order);
    const report = planReport({ ...result, diagnostics: withoutSpans(result.diagnostics) });
    const said = [...report.diagnostics, ...skipped.map(leftOut)];
    return {
      ...report,
      diagnostics: said,
      declared: [...left.map(declaredVolume), ...declaredOf(text.shown)],
      skipped,
    };
  } finally {
    loader.close();
  }
}

const NOTHING = { declared: [], skipped: [] } as const;

/** To whom they are shown: nobody, or this host or cluster. */
interface Seer {
  readonly kind: 'host' | 'cluster';
  readonly name: string;
}

async function seerOf(loader: Parameters<typeof recordedAs>[0], { host, cluster }: Input): Promise<Seer | undefined> {
  if (host !== undefined) return { kind: 'host', name: (await recordedAs(loader, 'host', host)).name };
  if (cluster !== undefined) return { kind: 'cluster', name: (await recordedAs(loader, 'cluster', cluster)).name };
  return undefined;
}

/** Those that are there, aren't recorded, and are exported where that was said. */
async function wantedOf(
  look: ImportLook,
  { nativeIds, project, system }: Input,
  to: Seer | undefined,
): Promise<{ readonly wanted: readonly Wanted[]; readonly skipped: readonly ImportSkipped[] }> {
  const { result: known } = await withView(look.loader, (view) => ({
    ids: recordedIds(view, 'volume', look.system),
    masks: recordedIds(view, 'exportMask', look.system),
    names: namesInProject(view, project),
  }));
  const nameFor = createNames(known.names);
  const seen = new Map(look.observation.volumes.map((volume) => [volume.nativeId, volume]));
  const ourMask = (id: string) => known.masks.has(id) && look.observation.masks.find(({ nativeId }) => nativeId === id);
  const wanted: Wanted[] = [];
  const skipped: ImportSkipped[] = [];
  for (const nativeId of new Set(nativeIds)) {
    const volume = seen.get(nativeId);
    const mask = volume?.mappedBy.map(ourMask).find((each) => each);
    const skip = (why: string, fix: string) => skipped.push({ name: volume?.name ?? nativeId, nativeId, why, fix });
    if (!volume) skip(`${system} has no volume ${nativeId}`, `coprhd discover --system ${system}`);
    else if (known.ids.has(nativeId)) skip('it is recorded already', 'coprhd volume list');
    else if (to && volume.mappedBy.length === 0) skip('it is exported to nobody', 'take it over without a host');
    else if (!to && volume.mappedBy.length > 0)
      skip('it is exported', 'name the host or cluster that it is exported to');
    else if (mask) {
      const fix = 'have it unmapped there, take it over without a host, and export it';
      skip(
        `it is mapped by ${mask.name}, which is ours: what it shows comes along when it is taken over, and not later`,
        fix,
      );
    } else wanted.push({ volume, name: nameFor(volume.name, 'volume') });
  }
  return { wanted, skipped };
}

/** Hosts and clusters that aren't recorded aren't made here; and who was named must be who sees it. */
function shownToOthers(
  { system }: ImportLook,
  { exports, hosts }: DeclaredExports,
  wanted: readonly Wanted[],
  to: Seer | undefined,
): ReadonlyMap<string, Refusal> {
  const refused = new Map<string, Refusal>();
  const names = new Set(wanted.map(({ name }) => name));
  const isNew = new Set(hosts.map(({ hostName }) => foldName(hostName)));
  for (const { to: shown, volumes, masks } of exports) {
    const isOther = !to || shown.kind !== to.kind || foldName(shown.name) !== foldName(to.name);
    if (!isOther && !isNew.has(foldName(shown.name))) continue;
    const mask = masks.map(({ name }) => name).join(', ');
    const why = isNew.has(foldName(shown.name))
      ? `${mask} of ${system.name} shows it to initiators of no host`
      : `${mask} of ${system.name} shows it to ${shown.kind} ${shown.name}`;
    const fix = isNew.has(foldName(shown.name))
      ? 'make the host with these initiators first'
      : `name ${shown.kind} ${shown.name}`;
    for (const name of volumes) if (names.has(name)) refused.set(name, { why, fix });
  }
  return refused;
}

const leftOut = ({ name, why, fix }: ImportSkipped): Diagnostic => ({
  ...{ code: 'COPRHD-IMPORT-001', severity: 'warning', summary: `${name} is left out: ${why}` },
  ...(fix === undefined ? {} : { fix }),
});

/** Each with its reason. */
const nothingLeft = (skipped: readonly ImportSkipped[]): Diagnostic[] =>
  skipped.map((each) => ({
    ...leftOut(each),
    severity: 'error',
    summary: `${each.name} can not be taken over: ${each.why}`,
  }));
