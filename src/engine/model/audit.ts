/** What an audit of the estate finds. Plain data; observe/audit and operations/estate-audit.ts make it. */

/** In the order in which people should read them. risk: data or access; waste: space; notice: worth knowing. */
export const AUDIT_CHECKS = {
  'filled-pool': { severity: 'risk', title: 'pools filled beyond the watermark' },
  'over-subscribed-pool': { severity: 'risk', title: 'over-subscribed pools' },
  'open-mask': { severity: 'risk', title: 'masks that admit every initiator' },
  'duplicate-initiator': { severity: 'risk', title: 'initiators in several masks of one system' },
  'default-zone-open': { severity: 'risk', title: 'fabrics whose default zone is open' },
  'zoning-not-in-effect': { severity: 'risk', title: 'zoning that is saved and not in effect' },
  'mapped-not-zoned': { severity: 'risk', title: 'masks that no zone lets their initiators reach' },
  'too-few-paths': { severity: 'risk', title: 'hosts with fewer open paths than their minimum' },
  'paths-through-one': { severity: 'risk', title: 'hosts all of whose paths go through one switch or one HA domain' },
  'export-without-live-initiator': { severity: 'waste', title: 'exports without a live initiator' },
  'volume-never-exported': { severity: 'waste', title: 'volumes that no mask maps' },
  'pool-in-no-virtual-pool': { severity: 'notice', title: 'pools in no virtual pool' },
  'port-without-network': { severity: 'notice', title: 'ports without a network' },
  'zoning-held-open': { severity: 'notice', title: 'zoning that somebody holds open' },
  'zoned-not-mapped': { severity: 'notice', title: 'hosts zoned to ports that map them nothing' },
  'zone-dead-member': { severity: 'notice', title: 'zones with members that nobody knows' },
  'foreign-objects': { severity: 'notice', title: 'objects that are not ours' },
} as const satisfies Record<string, { readonly severity: 'risk' | 'waste' | 'notice'; readonly title: string }>;

export type AuditCheck = keyof typeof AUDIT_CHECKS;
export type AuditSeverity = (typeof AUDIT_CHECKS)[AuditCheck]['severity'];

/** Those for which fabrics are looked at. */
export const FABRIC_CHECKS: ReadonlySet<AuditCheck> = new Set([
  'default-zone-open',
  'zoning-not-in-effect',
  'mapped-not-zoned',
  'too-few-paths',
  'paths-through-one',
  'zoning-held-open',
  'zoned-not-mapped',
  'zone-dead-member',
]);

export const AUDIT_CHECK_NAMES = Object.keys(AUDIT_CHECKS) as AuditCheck[];

export interface AuditFinding {
  readonly check: AuditCheck;
  readonly severity: AuditSeverity;
  /** Storage system; of what is wrong with a fabric itself, its network system. */
  readonly system: string;
  /** Its name on the device. */
  readonly object: string;
  /** When it is ours. */
  readonly address?: string;
  /** One sentence. */
  readonly summary: string;
  /** The facts that it was concluded from, as they were read. */
  readonly evidence: Readonly<Record<string, string | number | readonly string[]>>;
}

export function finding(check: AuditCheck, facts: Omit<AuditFinding, 'check' | 'severity'>): AuditFinding {
  return { check, severity: AUDIT_CHECKS[check].severity, ...facts };
}

/** Evidence names so many objects, and counts the others. */
export const NAMED_MAX = 10;

/** The first few, and how many more there are. */
export function someOf(names: readonly string[]): string[] {
  if (names.length <= NAMED_MAX) return [...names];
  return [...names.slice(0, NAMED_MAX), `and ${names.length - NAMED_MAX} more`];
}
