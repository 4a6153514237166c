/**
 * Masks that somebody made by hand and a document takes over (`import:` of an export): the mask of one host of the export, as it is.
 * Who is admitted, which LUN is at which number, paths and zones stay what they are; what the document says must agree with it.
 */
import type { DesiredImport, DesiredSpecs, DesiredStack } from '../config/desired.ts';
import type { MaskObservation } from '../driver/contract.ts';
import { foldName } from '../model/address.ts';
import type { ResourceRecord } from '../model/record.ts';
import { ZONE } from '../model/unique-names.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft, Target } from './draft.ts';
import { hostsOf, shownBy } from './export-targets.ts';
import { mappingOf, observedMask, recordedMask } from './known-masks.ts';

export interface MaskImport {
  readonly entry: DesiredImport;
  readonly target: Target;
  readonly system: ResourceRecord<'storageSystem'>;
  readonly host: ResourceRecord<'host'>;
  readonly mask: MaskObservation;
  /** Volumes that the export shows. */
  readonly volumes: ReadonlySet<Urn>;
}

export interface ImportProblem {
  readonly entry: DesiredImport;
  readonly summary: string;
  readonly fix: string;
  /** Recorded already: in a file the line may stay for ever. */
  readonly recorded?: boolean;
}

interface MaskImports {
  readonly all: readonly MaskImport[];
  readonly problems: readonly ImportProblem[];
  /** By `host system`. */
  readonly byHost: ReadonlyMap<string, MaskImport>;
  /** By `system native id`: several exports may show what is in one mask. */
  readonly byMask: ReadonlyMap<string, readonly MaskImport[]>;
}

const NONE: MaskImports = { all: [], problems: [], byHost: new Map(), byMask: new Map() };
const known = new WeakMap<Draft, MaskImports>();

/** Once a plan, when all that it declares is known. */
export function maskImports(draft: Draft): MaskImports {
  const found = known.get(draft);
  if (found) return found;
  const made = collect(draft);
  known.set(draft, made);
  return made;
}

/** The address of what takes it over, as targets have it: what is asked for without a file is of no stack. */
export const importedAs = (draft: Draft, { stack }: DesiredStack, { address }: DesiredImport): string =>
  foldName(draft.input.apiOwned ? address : `${stack}/${address}`);

export const isExportImport = ({ address }: DesiredImport): boolean => address.startsWith('export.');

function collect(draft: Draft): MaskImports {
  if (!draft.input.graph.stacks.some(({ imports }) => imports.some(isExportImport))) return NONE;
  const targets = new Map(draft.targets('export').map((target) => [foldName(target.address), target]));
  const all: MaskImport[] = [];
  const problems: ImportProblem[] = [];
  const byHost = new Map<string, MaskImport>();
  const byMask = new Map<string, MaskImport[]>();
  for (const stack of draft.input.graph.stacks) {
    for (const entry of stack.imports.filter(isExportImport)) {
      const target = targets.get(importedAs(draft, stack, entry));
      if (!target || draft.leftOut.has(target.urn)) continue;
      const made = maskImport(draft, target, entry);
      if (made === undefined) continue;
      if (!('mask' in made)) {
        problems.push({ entry, ...made });
        continue;
      }
      const [host, mask] = [`${made.host.urn} ${made.system.urn}`, `${made.system.urn} ${made.mask.nativeId}`];
      const other = byHost.get(host);
      if (other && other.mask.nativeId !== made.mask.nativeId) {
        const summary = `host ${made.host.name} has mask ${other.mask.name} there, too`;
        problems.push({
          entry,
          summary,
          fix: 'a host has one mask on a storage system: join them on the device first',
        });
        continue;
      }
      all.push(made);
      byHost.set(host, made);
      byMask.set(mask, [...(byMask.get(mask) ?? []), made]);
    }
  }
  return { all, problems, byHost, byMask };
}

type Problem = Omit<ImportProblem, 'entry'>;

/** Undefined: it is there already, or what it needs to know is still being loaded or was complained about. */
function maskImport(draft: Draft, target: Target, entry: DesiredImport): MaskImport | Problem | undefined {
  const spec = target.node.spec as DesiredSpecs['export'];
  const system = systemNamed(draft, entry.system);
  const hosts = hostsOf(draft, target, spec);
  if (!system) return { summary: `storage system ${entry.system} is not known`, fix: 'coprhd device list' };
  if (!hosts) return undefined;
  const recorded = hosts.find(
    (host) => recordedMask(draft, host.urn, system.urn)?.record.status.device?.nativeId === entry.nativeId,
  );
  if (recorded) return undefined;
  const observation = draft.observation(system)?.observation;
  if (observation?.trust.level !== 'whole') {
    const why = observation ? `${observation.trust.level}: ${observation.trust.why}` : 'not observed';
    return {
      summary: `${system.name} is ${why}`,
      fix: `check the device, then \`coprhd drift --system ${system.name}\``,
    };
  }
  const mask = observedMask(observation, entry.nativeId);
  if (!mask) {
    const isOld = target.recorded !== undefined;
    const fix = `coprhd discover --system ${system.name}`;
    return { summary: `${system.name} has no mask ${entry.nativeId}`, fix, ...(isOld ? { recorded: true } : {}) };
  }
  const problem = markProblem(draft, mask);
  if (problem) return problem;
  const host = hosts.find((each) => isMaskOf(draft, each, mask));
  if (!host) return notOfHosts(draft, hosts, mask);
  const other = recordedMask(draft, host.urn, system.urn)?.record;
  if (other) {
    const summary = `host ${host.name} has a mask of ours there, ${other.status.device?.label ?? other.name}`;
    return { summary, fix: 'take the import out, or have the mask removed on the device' };
  }
  const volumes = new Set(shownBy(draft, target, spec).flatMap(({ urn }) => urn ?? []));
  return { entry, target, system, host, mask, volumes };
}

/** What carries a mark is somebody's: ours is recorded, or it is not taken over by its mark. */
export const markProblem = (draft: Draft, { mark }: Pick<MaskObservation, 'mark'>): Problem | undefined =>
  markWhy(draft.input.installation, mark);

export function markWhy(installation: string, mark: MaskObservation['mark']): Problem | undefined {
  if (!mark) return undefined;
  if (mark.installation !== installation) {
    const summary = `it carries the mark of another installation (${mark.installation})`;
    return { summary, fix: 'forget it there first' };
  }
  return {
    summary: `it carries our own mark, of ${mark.urn}, which is not recorded here`,
    fix: 'import the state that made it; what is not recorded is not taken over by its mark',
  };
}

/** Over IP it admits all of the host's initiators; over Fibre Channel those that have paths. */
function isMaskOf(draft: Draft, host: ResourceRecord<'host'>, mask: MaskObservation): boolean {
  const own = draft.childrenOf('initiator', host.urn).map(({ spec }) => ({ ...spec, name: foldName(spec.portName) }));
  const [first] = own.filter(({ name }) => mask.initiators.includes(name));
  if (!first) return false;
  const same = own.filter(({ protocol }) => protocol === first.protocol).map(({ name }) => name);
  if (!mask.initiators.every((name) => same.includes(name))) return false;
  return first.protocol === 'fc' || same.every((name) => mask.initiators.includes(name));
}

function notOfHosts(draft: Draft, hosts: readonly ResourceRecord<'host'>[], mask: MaskObservation): Problem {
  const admits = mask.initiators.join(', ') || 'nobody';
  const has = hosts.map((host) => {
    const names = draft.childrenOf('initiator', host.urn).map(({ spec }) => foldName(spec.portName));
    return `host ${host.name} has ${names.sort().join(', ') || 'no initiators'}`;
  });
  return {
    summary: `mask ${mask.name} admits ${admits}, and ${has.join('; ')}`,
    fix: 'declare the initiators of the host as the mask has them, or correct the mask on the device',
  };
}

export function systemNamed(draft: Draft, name: string): ResourceRecord<'storageSystem'> | undefined {
  const planned = draft.planned('storageSystem').find((record) => foldName(record.name) === foldName(name));
  if (planned) return planned;
  const recorded = draft.input.view.byName('storageSystem', ZONE, name)?.record;
  return recorded && recorded.status.phase !== 'deleted' ? recorded : undefined;
}

/** Why a volume that is mapped can't be imported; undefined = every mask that maps it comes along. */
export function mappedWhy(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  volume: Urn,
  {
    nativeId,
    wwn,
    mappedBy,
  }: { readonly nativeId: string; readonly wwn?: string; readonly mappedBy: readonly string[] },
): Problem | undefined {
  const { byMask } = maskImports(draft);
  const observation = draft.observation(system)?.observation;
  for (const id of mappedBy) {
    const mask = observation && observedMask(observation, id);
    const name = mask?.name ?? id;
    const imports = byMask.get(`${system.urn} ${id}`) ?? [];
    if (!mask || imports.length === 0) {
      const fix =
        'import the mask with it, as an export to its host (coprhd import --match writes that), or unmap it on the device';
      return { summary: `it is mapped by ${name}, which is not imported`, fix };
    }
    if (!imports.some(({ volumes }) => volumes.has(volume))) {
      const which = imports.map(({ target }) => target.address).join(', ');
      return { summary: `it is mapped by ${name}, and ${which} does not show it`, fix: 'name it in that export' };
    }
    const seen = mappingOf(mask, nativeId);
    if (wwn === undefined && seen?.wwn === undefined) {
      const summary = `${name} shows it at LUN ${seen?.hlu} with an identity that is not its own and would not stay`;
      return { summary, fix: 'give it an identity (a WWN) on the device, or unmap it there' };
    }
  }
  return undefined;
}
