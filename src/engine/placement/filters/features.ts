/**
 * What the pool does with data: compression, deduplication where they are asked for; long-term retention exactly where it
 * is (CoprHD: Compression, Dedup, LongTermRetention).
 */
import type { Filter, FilterInput } from '../filter.ts';
import { mismatch } from './mismatch.ts';

type Feature = 'compression' | 'deduplication';

const feature = (name: Feature): Filter => ({
  name,
  readsPromised: false,
  check: ({ role, candidate: { attributes } }: FilterInput) => {
    if (!role[name] || attributes[name]) return undefined;
    return mismatch(name, 'a pool that has it', attributes[name] === undefined ? 'not reported' : 'none');
  },
});

export const compressionFilter = feature('compression');
export const deduplicationFilter = feature('deduplication');

export const longTermRetentionFilter: Filter = {
  name: 'long-term-retention',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
    const [wanted, had] = [role.longTermRetention ?? false, attributes.longTermRetention ?? false];
    if (wanted === had) return undefined;
    return mismatch(
      'long-term retention',
      wanted ? 'a pool for it' : 'a pool for daily use',
      had ? 'for it' : 'not for it',
    );
  },
};
