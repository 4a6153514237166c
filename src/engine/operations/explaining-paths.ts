/** Decisions about paths, zones and LUN numbers in words. */
import { formatPercent } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import type { PathReason } from '../paths/types.ts';
import { figureOf } from '../paths/usage.ts';
import type { MaskContext } from '../planner/masks.ts';
import type { ChosenPort, DecidedPath, DecidedZone, PathDecision, PortMiss } from '../planner/path-decisions.ts';
import type { MissedPort } from './explain-types.ts';
import { rangesOf } from './path-facts.ts';

const MINUTE_MS = 60_000;

/** `lines`: of paths that are there, in words already. */
export function decisionLines(decision: PathDecision, lines: readonly string[] = []): string[] {
  const { host, system, virtualPool, rules, kept, added, chosen, zones, shortfalls } = decision;
  const across = rules.acrossHaDomains === undefined ? '' : `, across ${rules.acrossHaDomains} HA domains`;
  const byPort = new Map(chosen.map((each) => [each.port, each]));
  return [
    `${host} on ${system}: paths by virtual pool ${virtualPool}: at least ${rules.min}, at most ${rules.max}, ${rules.perInitiator} per initiator${across}`,
    ...lines,
    ...kept.map((path) => `  ${pathText(path)}: kept`),
    ...added.map((path) => {
      const found = byPort.get(path.port);
      return `  ${pathText(path)}: new, ${found ? chosenWords(found) : 'its port has a path of the host already'}`;
    }),
    ...shortfalls.map((text) => `  ${text}`),
    ...zones.map((zone) => `  zone ${zone.zone} on ${zone.network}: ${ZONE_WORDS[zone.how]}`),
  ];
}

export const pathText = ({ initiator, port, network }: DecidedPath): string => `${initiator} -> ${port} (${network})`;

const ZONE_WORDS: Record<DecidedZone['how'], string> = {
  kept: 'ours, kept',
  made: 'new',
  again: 'ours, gone from the fabric, made again',
  changed: 'ours, gets other members',
  reused: 'of others, opens the path already and is used',
  removed: 'ours, not needed any more',
};

/** As it is planned, or recorded. */
interface Chosen extends Pick<ChosenPort, 'usage' | 'metric' | 'volumes' | 'initiators'> {
  readonly sampleAgeMs?: number | undefined;
  readonly busyPercent?: number | undefined;
  readonly cpuBusyPercent?: number | undefined;
}

/** How there came to be a path that no plan of the export made. */
export const BY_WORDS: Readonly<Record<PathReason | 'plan', string>> = {
  plan: '',
  rebalance: ' by a rebalance',
  replacement: ' in the place of another port',
  order: ' because it was named',
};

/** Usage as people are told it. */
export function missedPorts(misses: readonly PortMiss[], at: Pick<MissedPort, 'host' | 'system'>): MissedPort[] {
  const told = (value: string | number) => (typeof value === 'number' ? figureOf(value) : value);
  return misses.map((miss) =>
    miss.rule === 'usage' ? { ...miss, ...at, needed: told(miss.needed), had: told(miss.had) } : { ...miss, ...at },
  );
}

/** By what the ports of its network were compared. */
export function chosenWords({ usage, metric, ...chosen }: Chosen): string {
  const { sampleAgeMs, busyPercent, cpuBusyPercent, volumes, initiators } = chosen;
  const counts = `${volumes} ${volumes === 1 ? 'volume' : 'volumes'} and ${initiators} ${initiators === 1 ? 'initiator' : 'initiators'} on it`;
  const figure = figureOf(usage);
  if (metric === 'counted') return `usage ${figure} by volumes, since not all ports are measured: ${counts}`;
  const age = sampleAgeMs === undefined ? [] : [`oldest sample ${Math.round(sampleAgeMs / MINUTE_MS)} min old`];
  const busy = busyPercent === undefined ? [] : [`${formatPercent(busyPercent / 100)} busy`];
  const cpu = cpuBusyPercent === undefined ? [] : [`its processor ${formatPercent(cpuBusyPercent / 100)}`];
  return `usage ${figure} by load: ${[...busy, ...cpu, ...age, counts].join(', ')}`;
}

/** Why each LUN has its number, as far as it can be told from what is taken now. */
export function lunLines(contexts: readonly MaskContext[], exported: Urn): string[] {
  const hlus = new Map<number, { readonly name: string; readonly contexts: MaskContext[] }>();
  for (const context of contexts) {
    for (const { record } of context.maps) {
      if (record.spec.export !== exported) continue;
      const name = record.name.replace(/@.*$/, '');
      const found = hlus.get(record.spec.hlu) ?? { name, contexts: [] };
      found.contexts.push(context);
      hlus.set(record.spec.hlu, found);
    }
  }
  return [...hlus]
    .sort(([a], [b]) => a - b)
    .map(([hlu, { name, contexts: of }]) => `LUN ${hlu} for ${name}${everywhere(of)}: ${whyLun(hlu, of)}`);
}

const everywhere = (contexts: readonly MaskContext[]): string =>
  contexts.length < 2 ? '' : `, the same on ${contexts.map(({ host }) => host.name).join(', ')}`;

function whyLun(hlu: number, contexts: readonly MaskContext[]): string {
  if (hlu === 0) return 'the host boots from it';
  const lowest = Math.max(1, ...contexts.map(({ driver }) => driver.hluMin));
  const isTaken = (number: number) =>
    contexts.some(({ usedHlus, quarantinedHlus }) => usedHlus.has(number) || quarantinedHlus.has(number));
  const below = Array.from({ length: Math.max(0, hlu - lowest) }, (_, index) => lowest + index);
  const free = below.filter((number) => !isTaken(number));
  if (free.length > 0)
    return `given by the file, or the lowest when it was mapped (${rangesOf(free)} are free now); it never moves`;
  const boot = hlu > 0 && lowest === 1 ? '0 is kept for boot' : '';
  const taken = below.length === 0 ? '' : `${rangesOf(below)} taken`;
  return `the lowest that is free (${[boot, taken].filter((text) => text !== '').join(', ')})`;
}
