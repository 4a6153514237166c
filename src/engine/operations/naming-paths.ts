/** Paths that people name, as pairs of records: of the hosts that masks are of, to ports of the storage systems that they are on. */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { isUrn, type Urn, uuidOf } from '../model/urn.ts';
import type { ExactPaths } from '../paths/exact.ts';
import type { PathPair } from '../paths/types.ts';
import type { NamedPath } from './path-types.ts';
import { findPart } from './registering.ts';

type Problem = { readonly problem: Omit<Diagnostic, 'severity'> };
type Mask = ResourceRecord<'exportMask'>;
type Named = { readonly add: readonly NamedPath[]; readonly remove: readonly NamedPath[] };

export function exactPairs(view: RecordedView, masks: readonly Mask[], named: Named): ExactPaths | Problem {
  const add = pairsOf(view, masks, named.add);
  if ('problem' in add) return add;
  const remove = pairsOf(view, masks, named.remove);
  return 'problem' in remove ? remove : { add: add.pairs, remove: remove.pairs };
}

function pairsOf(view: RecordedView, masks: readonly Mask[], named: readonly NamedPath[]) {
  const pairs: PathPair[] = [];
  for (const path of named) {
    const initiator = initiatorOf(view, masks, path.initiator);
    if ('problem' in initiator) return initiator;
    const port = portOf(view, path.port);
    if ('problem' in port) return port;
    const { host } = initiator.record.spec;
    const { system } = port.record.spec;
    if (!masks.some(({ spec }) => spec.host === host && spec.system === system)) {
      const name = view.get(host)?.record.name ?? host;
      const summary = `${path.initiator} -> ${path.port}: the export shows ${name} nothing of that storage system`;
      return { problem: { code: 'COPRHD-PATH-007', summary, fix: 'coprhd path list' } } as const;
    }
    pairs.push({ initiator: initiator.record.urn, port: port.record.urn });
  }
  return { pairs };
}

function initiatorOf(
  view: RecordedView,
  masks: readonly Mask[],
  text: string,
): { readonly record: ResourceRecord<'initiator'> } | Problem {
  const hosts = [...new Set(masks.map(({ spec }) => spec.host))];
  const own = hosts.flatMap((host) =>
    view
      .inScope('initiator', uuidOf(host))
      .map(({ record }) => record)
      .filter((record) => isLive(record) && record.spec.protocol === 'fc'),
  );
  const wanted = normaliseWwpn(text) ?? text;
  const record = own.find(({ urn, spec }) => urn === text || spec.portName === wanted);
  if (record) return { record };
  const guess = nearest(
    wanted,
    own.map(({ spec }) => spec.portName),
  );
  const names = hosts.map((host) => view.get(host)?.record.name ?? host).join(', ');
  const summary = `${text} is no Fibre Channel initiator of ${names}`;
  return {
    problem: {
      code: 'COPRHD-PATH-007',
      summary,
      fix: guess === undefined ? 'coprhd path list' : `did you mean ${guess}?`,
    },
  };
}

function portOf(view: RecordedView, text: string): { readonly record: ResourceRecord<'port'> } | Problem {
  if (!isUrn(text)) {
    const found = findPart(view, 'port', text);
    return 'problem' in found ? found : { record: found.child.record };
  }
  const record = view.get(text as Urn)?.record;
  if (record?.kind === 'port' && isLive(record)) return { record: record as ResourceRecord<'port'> };
  const summary = `there is no storage port ${text}`;
  return { problem: { code: 'COPRHD-PATH-007', summary, fix: 'coprhd port list' } };
}
