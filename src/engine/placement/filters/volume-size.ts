/** The pool makes volumes of this size, once it is rounded up as the pool does. */
import { formatSize } from '../../model/size.ts';
import { amountsIn } from '../amounts.ts';
import type { Filter } from '../filter.ts';

export const volumeSizeFilter: Filter = {
  name: 'volume-size',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
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
  },
};
