/** The pool must be usable and be what the virtual pool describes: provisioning, protocols, drive type, volume size. */
import { formatSize } from '../../model/size.ts';
import { amountsIn } from '../amounts.ts';
import type { Filter, FilterInput, Miss } from '../filter.ts';

const CHECKS = [usable, provisioning, protocols, driveType, size] as const;

export const attributesFilter: Filter = {
  name: 'attributes',
  readsPromised: false,
  check: (input) => {
    for (const check of CHECKS) {
      const miss = check(input);
      if (miss) return miss;
    }
    return undefined;
  },
  checkAll: (input) => CHECKS.flatMap((check) => check(input) ?? []),
};

function usable({ candidate: { attributes } }: FilterInput): Miss | undefined {
  if (attributes.usable) return undefined;
  return { fact: 'usable', needed: 'a usable pool', had: attributes.unusableWhy ?? 'not usable', shortfall: 1 };
}

function provisioning({ role, candidate: { attributes } }: FilterInput): Miss | undefined {
  if (attributes.provisioning.includes(role.provisioning)) return undefined;
  const had = attributes.provisioning.join(', ') || 'none';
  return { fact: 'provisioning', needed: role.provisioning, had, shortfall: 1 };
}

function protocols({ role, candidate: { attributes } }: FilterInput): Miss | undefined {
  const offered: readonly string[] = attributes.protocols;
  if (role.protocols.every((wanted) => offered.includes(wanted))) return undefined;
  return { fact: 'protocols', needed: role.protocols.join(', '), had: offered.join(', ') || 'none', shortfall: 1 };
}

function driveType({ role, candidate: { attributes } }: FilterInput): Miss | undefined {
  if (role.driveType === undefined || role.driveType === attributes.driveType) return undefined;
  return { fact: 'drive type', needed: role.driveType, had: attributes.driveType ?? 'not reported', shortfall: 1 };
}

function size({ role, candidate: { attributes } }: FilterInput): Miss | undefined {
  const sizeBytes = amountsIn(attributes, role).subscribedBytes;
  if (sizeBytes > attributes.volumeBytesMax) {
    return {
      fact: 'largest volume',
      needed: formatSize(sizeBytes),
      had: `at most ${formatSize(attributes.volumeBytesMax)}`,
      shortfall: (sizeBytes - attributes.volumeBytesMax) / sizeBytes,
    };
  }
  if (sizeBytes < attributes.volumeBytesMin) {
    return {
      fact: 'smallest volume',
      needed: formatSize(sizeBytes),
      had: `at least ${formatSize(attributes.volumeBytesMin)}`,
      shortfall: (attributes.volumeBytesMin - sizeBytes) / attributes.volumeBytesMin,
    };
  }
  return undefined;
}
