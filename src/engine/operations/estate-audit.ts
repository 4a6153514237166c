/**
 * `audit`: what a storage administrator would want to know of an estate that was just discovered, each finding with the
 * facts that it was concluded from. Reads only.
 */
import { foldName } from '../model/address.ts';
import { AUDIT_CHECK_NAMES, type AuditFinding, FABRIC_CHECKS, finding, someOf } from '../model/audit.ts';
import { isReached, reachOf, recordedConnectivity } from '../model/connectivity.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatPercent, formatSize } from '../model/size.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { deviceFindings } from '../observe/audit/device.ts';
import { systemContexts } from '../observe/drift-context.ts';
import type { VirtualPoolToMatch } from '../placement/matching.ts';
import { openViewLoader, withView } from '../state/view.ts';
import type { Call } from './engine.ts';
import { fabricAudit } from './fabric-audit.ts';
import { look, unreadDiagnostic } from './looking.ts';
import { fabricNetworks, lookAtNetworks } from './looking-networks.ts';
import {
  allPoolFacts,
  capacityOf,
  liveOf,
  matchOf,
  type PoolFacts,
  REGISTERED_FILTER,
  virtualPoolsToMatch,
} from './pool-facts.ts';
import type { PoolMatch } from './pool-types.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Findings are no failure: the outcome is `changes`, as drift's is. What can't be read is said. */
export async function estateAudit(call: Call, input: InputOf<'audit'>): Promise<ResultOf<'audit'>> {
  const { system, refresh = 'auto', checks = AUDIT_CHECK_NAMES } = input;
  const loader = await openViewLoader(call.engine.store);
  try {
    const { ask, systems, summaries, warnings } = await look(call, loader, {
      ...(system === undefined ? {} : { system }),
      refresh,
    });
    const urns = new Set(systems.map(({ urn }) => urn));
    const fabrics = checks.some((check) => FABRIC_CHECKS.has(check)) ? fabricNetworks : () => [];
    const { networks, diagnostics } = await lookAtNetworks(call, loader, fabrics, refresh);
    const { result: all } = await withView(loader, (view) => {
      const contexts = systemContexts(ask(view));
      return [
        ...contexts.flatMap(deviceFindings),
        ...poolFindings(view, urns),
        ...portFindings(view, systems),
        ...fabricAudit(view, { networks, systems: contexts, ofFabrics: system === undefined }),
      ];
    });
    const wanted = new Set(checks);
    const findings = all.filter(({ check }) => wanted.has(check)).sort(byCheck);
    const unread = [...summaries.filter(({ trust }) => trust !== 'whole').map(unreadDiagnostic), ...diagnostics];
    // One that nobody zones was not to be read.
    const seen = networks.flatMap(({ summary, system: of }) => (of ? [summary] : []));
    const isUnread = [...summaries, ...seen].some(({ trust }) => trust !== 'whole');
    const outcome = findings.length > 0 ? 'changes' : isUnread ? 'error' : 'ok';
    return { outcome, diagnostics: [...warnings, ...unread], systems: summaries, networks: seen, findings };
  } finally {
    loader.close();
  }
}

/** Checks in their order, then systems, then as found. */
function byCheck(a: AuditFinding, b: AuditFinding): number {
  const check = AUDIT_CHECK_NAMES.indexOf(a.check) - AUDIT_CHECK_NAMES.indexOf(b.check);
  const [left, right] = [foldName(a.system), foldName(b.system)];
  return check || (left < right ? -1 : left > right ? 1 : 0);
}

function poolFindings(view: RecordedView, systems: ReadonlySet<Urn>): AuditFinding[] {
  const virtualPools = virtualPoolsToMatch(view);
  return allPoolFacts(view)
    .filter(({ system }) => systems.has(system.urn))
    .flatMap((facts) => {
      const matched = virtualPools.map((virtualPool) => ({ ...virtualPool, match: matchOf(virtualPool, facts) }));
      return [...spaceFindings(facts, matched), ...unmatched(facts, matched)];
    });
}

interface Matched extends VirtualPoolToMatch {
  readonly match: PoolMatch;
}

function spaceFindings(facts: PoolFacts, virtualPools: readonly Matched[]): AuditFinding[] {
  const capacity = capacityOf(facts);
  if (!capacity || capacity.totalBytes === 0) return [];
  const { totalBytes, usedBytes, freeBytes, subscribedBytes, foreignSubscribedBytes, reservedBytes } = capacity;
  const evidence = { totalBytes, usedBytes, freeBytes, subscribedBytes, foreignSubscribedBytes, reservedBytes };
  const where = { system: facts.system.name, object: facts.pool.name };
  const found: AuditFinding[] = [];
  if (capacity.watermark !== 'ok') {
    const then = capacity.watermark === 'full' ? 'it gets no new volumes' : 'soon it gets no new volumes';
    const summary = `pool ${facts.name} is filled to ${formatPercent(usedBytes / totalBytes)}: ${then}`;
    found.push(finding('filled-pool', { ...where, summary, evidence }));
  }
  const { limit, of } = subscriptionLimit(virtualPools);
  if (subscribedBytes > totalBytes * limit) {
    const summary = `pool ${facts.name} has promised ${formatPercent(subscribedBytes / totalBytes)} of its ${formatSize(totalBytes)}, more than ${formatPercent(limit)} (${of})`;
    found.push(finding('over-subscribed-pool', { ...where, summary, evidence: { ...evidence, limit, limitOf: of } }));
  }
  return found;
}

/** The strictest of those that use it, or did before it was deregistered; without any, what there is. */
function subscriptionLimit(virtualPools: readonly Matched[]): { readonly limit: number; readonly of: string } {
  const limits = virtualPools
    .filter(({ match }) => match.misses.every(({ filter }) => filter === REGISTERED_FILTER))
    .map(({ record }) => ({ limit: record.spec.limits.subscription, of: `virtual pool ${record.name}` }))
    .sort((a, b) => a.limit - b.limit);
  return limits[0] ?? { limit: 1, of: 'its size' };
}

function unmatched(facts: PoolFacts, virtualPools: readonly Matched[]): AuditFinding[] {
  const matches = virtualPools.map(({ match }) => match);
  if (matches.some(({ fits }) => fits)) return [];
  const why = matches.map(
    ({ virtualPool, misses: [miss] }) =>
      `${virtualPool}: ${miss?.fact ?? ''} (needs ${miss?.needed ?? ''}, has ${miss?.had ?? ''})`,
  );
  return [
    finding('pool-in-no-virtual-pool', {
      system: facts.system.name,
      object: facts.pool.name,
      summary:
        matches.length === 0
          ? `no virtual pool is declared that could use ${facts.name}`
          : `none of the virtual pools may use ${facts.name}`,
      evidence: {
        virtualArrays: facts.virtualArrays.map(({ name }) => name),
        virtualPools: someOf(why),
        freeBytes: facts.attributes?.freeBytes ?? 0,
      },
    }),
  ];
}

/** A fabric without any endpoint is one of which nothing is known: any Fibre Channel port may be in it. */
function portFindings(view: RecordedView, systems: readonly ResourceRecord<'storageSystem'>[]): AuditFinding[] {
  const networks = liveOf(view, 'network').sort((a, b) => (a.name < b.name ? -1 : 1));
  const reach = reachOf(recordedConnectivity(view), networks);
  const unknown = networks.some(({ urn, spec }) => spec.transport === 'fc' && endpointsOf(view, urn) === 0);
  const words = new Map(networks.map((network) => [network.urn, `${network.name} (${whatIsIn(view, network)})`]));
  const isIn = (port: ResourceRecord<'port'>['spec']) => isReached(port, reach) || (unknown && port.transport === 'fc');
  return systems.flatMap((system) =>
    view
      .inScope('port', uuidOf(system.urn))
      .map(({ record }) => record)
      .filter((port) => isLive(port) && !isIn(port.spec))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((port) =>
        finding('port-without-network', {
          system: system.name,
          object: port.name,
          summary: `port ${port.name} (${port.spec.address}) is in no network: nothing is exported through it`,
          evidence: {
            address: port.spec.address,
            transport: port.spec.transport,
            status: view.port(port.urn)?.status ?? 'not known',
            networks: someOf(
              networks
                .filter(({ spec }) => spec.transport === port.spec.transport)
                .map((network) => words.get(network.urn) ?? network.name),
            ),
          },
        }),
      ),
  );
}

const endpointsOf = (view: RecordedView, network: Urn): number =>
  view.inScope('endpoint', uuidOf(network)).filter(({ record }) => isLive(record)).length;

function whatIsIn(view: RecordedView, { urn, spec }: ResourceRecord<'network'>): string {
  if (spec.transport === 'ip') return spec.subnets.join(', ') || 'no subnet';
  const count = endpointsOf(view, urn);
  return `${count} endpoint${count === 1 ? '' : 's'}`;
}
