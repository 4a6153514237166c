/** Whether a host keeps its volumes when something fails: enough open paths, and not all of them through one thing. */
import { type AuditFinding, finding, someOf } from '../../model/audit.ts';

export interface AuditedPath {
  /** `initiator - port`. */
  readonly name: string;
  /** unknown: its fabric was not read whole; it may be open. */
  readonly state: 'open' | 'closed' | 'unknown';
  readonly haDomain: string;
  /** Of both ends, as far as they are logged in. */
  readonly switches: readonly string[];
}

/** Recorded paths of a host to a storage system where it has volumes. */
export interface AuditedHost {
  readonly host: string;
  readonly system: string;
  readonly address?: string;
  readonly paths: readonly AuditedPath[];
  /** The largest of the virtual pools of its volumes, and which. */
  readonly min: number;
  readonly minOf: string;
  /** That the storage system has. */
  readonly haDomains: number;
}

export const redundancyFindings = (host: AuditedHost): AuditFinding[] => [...tooFewPaths(host), ...throughOne(host)];

const namesOf = (paths: readonly AuditedPath[], state: AuditedPath['state']): string[] =>
  someOf(paths.filter((path) => path.state === state).map(({ name }) => name));

const factsOf = ({ host, system, address }: AuditedHost) => ({
  ...{ system, object: host },
  ...(address === undefined ? {} : { address }),
});

function tooFewPaths(audited: AuditedHost): AuditFinding[] {
  const { host, system, paths, min, minOf } = audited;
  const usable = paths.filter(({ state }) => state !== 'closed').length;
  if (usable >= min) return [];
  return [
    finding('too-few-paths', {
      ...factsOf(audited),
      summary: `open paths of host ${host} to ${system} (${usable}) are fewer than virtual pool ${minOf} wants (${min})`,
      evidence: { open: namesOf(paths, 'open'), closed: namesOf(paths, 'closed'), minimum: min, minimumOf: minOf },
    }),
  ];
}

/** Of those that are open. An HA domain counts only where the storage system has more than one. */
function throughOne(audited: AuditedHost): AuditFinding[] {
  const { host, system, paths, haDomains } = audited;
  const usable = paths.filter(({ state }) => state !== 'closed');
  const [first, ...rest] = usable;
  if (!first || usable.some(({ state }) => state === 'unknown')) return [];
  const switches = [...new Set(first.switches)].filter((name) => rest.every((path) => path.switches.includes(name)));
  const domains = haDomains > 1 && rest.every(({ haDomain }) => haDomain === first.haDomain) ? [first.haDomain] : [];
  if (switches.length + domains.length === 0) return [];
  const words = [...switches.map((name) => `switch ${name}`), ...domains.map((name) => `HA domain ${name}`)].join(', ');
  return [
    finding('paths-through-one', {
      ...factsOf(audited),
      summary: `all open paths (${usable.length}) of host ${host} to ${system} go through ${words}`,
      evidence: { switches: someOf(switches), haDomains: domains, paths: namesOf(paths, 'open') },
    }),
  ];
}
