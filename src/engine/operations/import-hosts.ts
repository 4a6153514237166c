/**
 * Hosts from what a storage system shows: one for each foreign mask, with the initiators that it admits and those that are
 * logged in. Which of them are one machine only a person knows; the text says so.
 */
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { iqn, wwpn } from '../config/schema/leaves.ts';
import { foldName } from '../model/address.ts';
import { textMatcher } from '../model/address-pattern.ts';
import { recordedConnectivity } from '../model/connectivity.ts';
import { portalInSubnets } from '../model/ip.ts';
import { isLive } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import type { SystemObservation } from '../observe/observation.ts';
import { type ImportLook, quoted, recordedIds, stackOf } from './import-look.ts';
import { createNames, filled } from './import-names.ts';
import type { ImportDeclared, ImportMatchInput, ImportSkipped } from './import-types.ts';

type Mask = SystemObservation['masks'][number];

export interface DeclaredHosts {
  /** How many masks match. */
  readonly matched: number;
  readonly text?: string;
  readonly declared: readonly ImportDeclared[];
  readonly skipped: readonly ImportSkipped[];
  readonly recorded: number;
}

export function declareHosts(look: ImportLook, view: RecordedView, input: ImportMatchInput): DeclaredHosts {
  const { system, observation } = look;
  const matches = textMatcher(input.pattern);
  const found = observation.masks.filter((mask) => [mask.name, mask.nativeId, ...initiatorsOf(mask)].some(matches));
  const known = recordedIds(view, 'exportMask', system);
  const foreign = found.filter(({ nativeId }) => !known.has(nativeId));
  foreign.sort((a, b) => (a.name < b.name ? -1 : 1));
  const declare = createHostDeclarer(look, view, input);
  const made = foreign.map(declare);
  const declared = made.flatMap(({ host }) => host ?? []);
  const lines = declared.map(({ line }) => line);
  return {
    matched: found.length,
    ...(declared.length === 0 ? {} : { text: textOf(look, input, lines) }),
    declared: declared.map(({ line: _line, hostName: _name, ...host }) => host),
    skipped: made.flatMap(({ skipped }) => skipped),
    recorded: found.length - foreign.length,
  };
}

export type DeclaredHost = ImportDeclared & { readonly hostName: string; readonly line: string };

/** One after the other: names and initiators are given once. */
export function createHostDeclarer(
  look: ImportLook,
  view: RecordedView,
  input: Pick<ImportMatchInput, 'virtualArray' | 'nameTemplate'>,
): (mask: Mask) => { readonly host?: DeclaredHost; readonly skipped: readonly ImportSkipped[] } {
  const { system } = look;
  const hosts = view.all('host').filter(({ record }) => isLive(record));
  const nameFor = createNames(hosts.map(({ record }) => record.name));
  const seen = new Map<string, string>();
  const networkOf = networksOf(look, view, input);
  return (mask) => {
    const skipped: ImportSkipped[] = [];
    const lines: string[] = [];
    const taken: string[] = [];
    const skip = (why: string, fix?: string) =>
      void skipped.push({ name: mask.name, nativeId: mask.nativeId, why, ...(fix === undefined ? {} : { fix }) });
    for (const portName of initiatorsOf(mask)) {
      const key = iqn.safeParse(portName).success ? 'iqn' : wwpn.safeParse(portName).success ? 'wwpn' : undefined;
      const network = key && networkOf(mask, key, portName);
      const owner = ownerOf(view, portName);
      const elsewhere = seen.get(portName);
      if (key === undefined) skip(`${portName} is no iSCSI name and no WWPN`);
      else if (owner !== undefined) skip(`${portName} is recorded as an initiator of host ${owner}`);
      else if (elsewhere !== undefined)
        skip(`${portName} is in mask ${elsewhere}, too`, 'an initiator belongs to one host: find out which');
      else if (network === undefined)
        skip(`no network of virtual array ${input.virtualArray} is one that ${portName} comes through`);
      else {
        seen.set(portName, mask.name);
        taken.push(portName);
        lines.push(`{ ${key}: ${quoted(portName)}, network: ${quoted(network)} }`);
      }
    }
    if (initiatorsOf(mask).length === 0) skip('it admits nobody, and nobody is logged in');
    if (taken.length === 0) return { skipped };
    const text = filled(input.nameTemplate, { name: mask.name, id: mask.nativeId, system: system.name });
    const hostName = nameFor(text, 'host');
    const line = `  ${quoted(hostName)}: { type: other, initiators: [${lines.join(', ')}] }`;
    const { nativeId, name } = mask;
    return { host: { address: `host.${hostName}`, nativeId, name, initiators: taken, hostName, line }, skipped };
  };
}

export const initiatorsOf = (mask: Mask): string[] =>
  [...new Set([...mask.initiators, ...mask.loggedIn].map(foldName))].sort();

export function ownerOf(view: RecordedView, portName: string): string | undefined {
  const initiator = view.byName('initiator', ZONE, portName)?.record;
  if (!initiator || !isLive(initiator)) return undefined;
  return view.get(initiator.spec.host)?.record.name ?? initiator.spec.host;
}

/** Over IP the network in which the mask's ports are, else the only one; the fabric of which the WWPN is an endpoint, else the only one. */
function networksOf({ observation }: ImportLook, view: RecordedView, input: Pick<ImportMatchInput, 'virtualArray'>) {
  const array = view.byName('virtualArray', ZONE, input.virtualArray)?.record;
  const networks = array
    ? view.members(array.urn, 'networks').flatMap((urn) => view.get<'network'>(urn)?.record ?? [])
    : [];
  networks.sort((a, b) => (a.name < b.name ? -1 : 1));
  const portals = new Map(observation.ports.map(({ nativeId, address }) => [nativeId, address]));
  const { networkOf } = recordedConnectivity(view);
  return (mask: Mask, key: 'iqn' | 'wwpn', portName: string): string | undefined => {
    const fitting = networks.filter(({ spec }) => spec.transport === (key === 'iqn' ? 'ip' : 'fc'));
    const fabric = key === 'wwpn' ? networkOf(normaliseWwpn(portName) ?? portName) : undefined;
    if (fabric !== undefined) return fitting.find(({ urn }) => urn === fabric)?.name;
    if (key === 'wwpn' || fitting.length === 1) return fitting.length === 1 ? fitting[0]!.name : undefined;
    const ports = mask.ports.length > 0 ? mask.ports : [...portals.keys()];
    const addresses = ports.flatMap((port) => portals.get(port) ?? []);
    return fitting.find(({ spec }) => addresses.some((portal) => portalInSubnets(portal, spec.subnets)))?.name;
  };
}

function textOf({ system }: ImportLook, input: ImportMatchInput, lines: readonly string[]): string {
  return [
    `# Hosts that ${system.name} shows volumes to, one for each mask that matches ${quoted(input.pattern)}.`,
    '# Where one mask admits several machines, or one machine is in several, divide or join them before applying.',
    'kind: infrastructure',
    `stack: ${quoted(stackOf(input))}`,
    'hosts:',
    ...lines,
    '',
  ].join('\n');
}
