/** What is recorded of exports, in words, for tests. */
import type { Estate } from './estate.ts';

/** `host volume@hlu` of all live maps, sorted. */
export async function maps(estate: Estate): Promise<string[]> {
  const names = new Map<string, string>();
  for (const kind of ['host', 'volume'] as const)
    for (const { record } of await estate.records(kind)) names.set(record.urn, record.name);
  const masks = new Map((await estate.records('exportMask')).map(({ record }) => [record.urn, record]));
  return (await estate.records('lunMap'))
    .filter(({ record }) => record.status.phase !== 'deleted')
    .map(
      ({ record: { spec } }) => `${names.get(masks.get(spec.mask)!.spec.host)} ${names.get(spec.volume)}@${spec.hlu}`,
    )
    .sort();
}
export const liveMasks = async (estate: Estate) =>
  (await estate.records('exportMask'))
    .filter(({ record }) => record.status.phase !== 'deleted')
    .map(({ record }) => record);
export const maskId = async (estate: Estate) => (await liveMasks(estate))[0]!.status.device!.nativeId;
