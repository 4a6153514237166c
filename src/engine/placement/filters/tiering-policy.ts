/** The policy is one of the storage system's for such volumes of the pool, where one is asked for (CoprHD: AutoTieringPolicy). */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const tieringPolicyFilter: Filter = {
  name: 'tiering-policy',
  readsPromised: false,
  check: ({ role: { tieringPolicy, provisioning }, candidate: { attributes } }) => {
    if (tieringPolicy === undefined) return undefined;
    const policies = attributes.tieringPolicies ?? [];
    const named = policies.find(({ name }) => name === tieringPolicy);
    if (named?.provisioning.includes(provisioning)) return undefined;
    const forOthers = named && `${named.name} for ${named.provisioning.join(' and ')} volumes`;
    const all = policies.map(({ name }) => name).join(', ');
    return mismatch('auto-tiering policy', tieringPolicy, forOthers ?? (all === '' ? 'none' : all));
  },
};
