/** Who sees a volume now, whichever plan has shown it to them. */
import { isLive, type ResourceRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { keys } from '../state/keys.ts';
import { rangeAll } from '../state/store.ts';
import { readRecord } from './records-io.ts';
import type { Run } from './run.ts';

/** Without those to whom only this plan shows it: nothing of it is in their memory yet. */
export async function seersOf(run: Run, volume: Urn): Promise<ResourceRecord<'host'>[]> {
  const { store } = run.env;
  const read = async (urn: Urn) => (await readRecord(store, urn))?.record;
  const hosts: ResourceRecord<'host'>[] = [];
  for await (const { value } of rangeAll(store, keys.uniqueIn('lunMap', uuidOf(volume)))) {
    const write = run.namers.writeOf(value as Urn);
    const map = (await read(value as Urn)) as ResourceRecord<'lunMap'> | undefined;
    const isOnlyBegun = !map || !isLive(map) || map.status.phase === 'creating' || (write && !write.before);
    if (isOnlyBegun) continue;
    const mask = (await read(map.spec.mask)) as ResourceRecord<'exportMask'> | undefined;
    const host = mask && ((await read(mask.spec.host)) as ResourceRecord<'host'> | undefined);
    if (host) hosts.push(host);
  }
  return hosts;
}
