/** Why something that takes space could be given back. Plain data; operations/reclaim-reasons.ts finds it. */

/** In the order in which they are told. */
export const RECLAIM_REASONS = {
  quarantined: 'removed, and kept aside until it is purged',
  unmapped: 'a volume that is mapped to nobody',
  'no-login': 'nobody whom it is mapped to is logged in',
  'old-snapshot': 'a snapshot that somebody took long ago',
  'beyond-policy': 'a snapshot that its policy does not keep any more',
  'old-copy': 'an attached full copy that was made long ago',
  undeclared: 'brought back by undelete, and declared nowhere',
  retained: 'given up, and still on its storage system',
  orphan: 'carries our mark, and is not recorded',
} as const satisfies Record<string, string>;

export type ReclaimWhy = keyof typeof RECLAIM_REASONS;

export const RECLAIM_REASON_NAMES = Object.keys(RECLAIM_REASONS) as ReclaimWhy[];
