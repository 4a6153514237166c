/**
 * Migration 3: the shares of virtual pools that a tenant has, a map in its record, become one record a share, as entries of
 * lists are (lists-to-members.ts). What is promised and provisioned stays where it is counted. Published: this file doesn't
 * change any more, and depends on nothing that may.
 */
import { type Fields, memberPairs, type Pair } from './lists-to-members.ts';

const LIST = 'quota.virtualPools';

export const hasShares = (key: string): boolean => key.startsWith('r/tenant/');

export function sharesToMembers(pair: Pair, record: Fields): readonly Pair[] {
  const { phase } = (record.status ?? {}) as { phase?: string };
  const spec = (record.spec ?? {}) as Fields;
  // One that is being made is ended by the version that promised it; nobody reads its map.
  if (phase === 'creating' || spec.quota === undefined) return [pair];
  const { virtualPools, ...quota } = spec.quota as Fields;
  const isEmpty = Object.keys(quota).length === 0;
  if (virtualPools === undefined && !isEmpty) return [pair];
  const { quota: _quota, ...rest } = spec;
  const left = isEmpty ? rest : { ...rest, quota };
  const shares = phase === 'deleted' ? [] : Object.entries((virtualPools ?? {}) as Readonly<Record<string, number>>);
  return [
    ...shares.flatMap(([virtualPool, bytes]) => memberPairs(record, LIST, virtualPool, { bytes })),
    { key: pair.key, value: JSON.stringify({ ...record, spec: left }) },
  ];
}
