/** The SAN as it was made: every key of it goes, and is built again. */
import type { Kv, Table } from '../kv.ts';
import { SELF } from '../objects.ts';
import { fabricTables, sans } from './objects.ts';
import { buildSan } from './topology.ts';

const COLLECTIONS = ['san', 'fabric', 'switch', 'network', 'host', 'cable', 'wwpn', 'iqn', 'broken', 'fault'] as const;

export function resetSan(kv: Kv): undefined {
  const { topology } = sans.need(kv, SELF);
  const ofFabrics = topology.fabrics.flatMap(({ name }): Table<unknown>[] => Object.values(fabricTables(name)));
  for (const from of ofFabrics) {
    for (const id of from.list(kv)) from.forget(kv, id);
  }
  for (const collection of COLLECTIONS) {
    for (const id of kv.list(collection)) kv.delete(`${collection}/${id}`);
  }
  buildSan(kv, topology);
}
