/** How full pools are now and would be: what is in use, what is subscribed, and the limits of those that may use them. */
import { isLive, type ResourceRecord } from '../../model/record.ts';
import { type Amounts, addAmounts, type CapacityLimits, NO_AMOUNTS } from '../../model/recorded-view.ts';
import type { PoolAttributes } from '../../model/specs.ts';
import type { Urn } from '../../model/urn.ts';
import { capacityLimits, usedBytes } from '../../placement/amounts.ts';
import { matchMisses } from '../../placement/matching.ts';
import { candidateOf } from '../candidates.ts';
import { attributesOf, poolLimitsOf, reservedIn, type Watermark, watermarkOf } from '../capacity.ts';
import type { Draft } from '../draft.ts';
import type { Supposed } from './suppose.ts';

export interface Fill {
  /** Physical, with what is promised. */
  readonly usedBytes: number;
  /** Logical size of all volumes, with what is promised. */
  readonly subscribedBytes: number;
  readonly watermark: Watermark;
}

export interface PoolFill {
  /** `array-1/fast`. */
  readonly name: string;
  readonly system: string;
  /** Its storage system is supposed. */
  readonly added: boolean;
  readonly totalBytes: number;
  readonly before: Fill;
  readonly after: Fill;
  /** The tightest of its own and those of the virtual pools that may use it; only of pools that change or are added. */
  readonly limits?: CapacityLimits;
}

/** Of all storage systems but the lost ones, by name. */
export function poolFills({ draft, added }: Supposed, lost: ReadonlySet<Urn>): PoolFill[] {
  const recorded = draft.input.view.all('storageSystem').map(({ record }) => record.urn);
  const systems = [...new Set([...recorded, ...added])]
    .filter((urn) => !lost.has(urn))
    .flatMap((urn) => draft.get<'storageSystem'>(urn) ?? []);
  const limitsIn = limitsFor(draft);
  return systems
    .flatMap((system) => draft.childrenOf('pool', system.urn).map((pool) => ({ system, pool })))
    .flatMap(({ system, pool }): PoolFill[] => {
      const attributes = attributesOf(draft, pool);
      if (!attributes) return [];
      const promised = addAmounts(draft.promisedIn(pool.urn), draft.adopted.get(pool.urn) ?? NO_AMOUNTS, -1);
      const before = reservedIn(draft, pool.urn);
      const isNew = added.has(system.urn);
      const limits = isNew || promised.subscribedBytes > 0 ? limitsIn(system, pool) : undefined;
      return [
        {
          name: `${system.name}/${pool.name}`,
          system: system.name,
          added: isNew,
          totalBytes: attributes.totalBytes,
          before: fillOf(attributes, before),
          after: fillOf(attributes, addAmounts(before, promised)),
          ...(limits ? { limits } : {}),
        },
      ];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fillOf(attributes: PoolAttributes, promised: Amounts): Fill {
  const used = usedBytes(attributes) + promised.allocatedBytes;
  return {
    usedBytes: used,
    subscribedBytes: attributes.subscribedBytes + promised.subscribedBytes,
    watermark: watermarkOf(used, attributes.totalBytes),
  };
}

function limitsFor(draft: Draft) {
  const { view } = draft.input;
  const recorded = view.all('virtualPool').filter(({ record }) => isLive(record));
  const urns = new Set([
    ...recorded.map(({ record }) => record.urn),
    ...draft.planned('virtualPool').map(({ urn }) => urn),
  ]);
  const virtualPools = [...urns]
    .flatMap((urn) => draft.get<'virtualPool'>(urn) ?? [])
    .map((record) => ({ record, virtualArrays: draft.membersOf(record.urn, 'virtualArrays') }));
  const arrays = [...new Set(virtualPools.flatMap(({ virtualArrays }) => virtualArrays))];
  const systemsOf = new Map(arrays.map((urn) => [urn, new Set(draft.systemsOf(urn))]));
  return (system: ResourceRecord<'storageSystem'>, pool: ResourceRecord<'pool'>): CapacityLimits | undefined => {
    const virtualArrays = arrays.filter((urn) => systemsOf.get(urn)!.has(system.urn));
    const facts = candidateOf(draft, system, pool, virtualArrays);
    if (!facts) return undefined;
    const toMatch = { ...facts, pool, system, virtualArrays };
    const usable = virtualPools.filter((each) => matchMisses(each, toMatch).length === 0);
    if (usable.length === 0) return undefined;
    const own = poolLimitsOf(system, pool);
    const tightest = (key: 'utilisation' | 'subscription') =>
      Math.min(...usable.map(({ record }) => record.spec.limits[key]), own?.[key] ?? Number.POSITIVE_INFINITY);
    return capacityLimits(facts.attributes.totalBytes, {
      utilisation: tightest('utilisation'),
      subscription: tightest('subscription'),
    });
  };
}
