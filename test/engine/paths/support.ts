/** Storage systems, hosts and rules for tests of paths, and generators of them. */
import fc from 'fast-check';
import type { KindName } from '../../../src/engine/model/kinds.ts';
import { makeUrn, type Urn } from '../../../src/engine/model/urn.ts';
import { DEFAULT_PATH_SETTINGS, type PathSettings } from '../../../src/engine/paths/settings.ts';
import type {
  PathInitiator,
  PathPair,
  PathPlan,
  PathPort,
  PathRefusal,
  PathRequest,
  PathResult,
  PathRules,
  PortLoad,
} from '../../../src/engine/paths/types.ts';

export const NOW_MS = 1_000_000_000;
export const HOUR_MS = 3_600_000;
export const IDLE: PortLoad = { volumes: 0, initiators: 0 };

export const urn = (kind: KindName, number: number): Urn =>
  makeUrn(kind, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

export const network = (number: number): Urn => urn('network', number);
export const portUrn = (number: number): Urn => urn('port', number);
export const initiatorUrn = (number: number): Urn => urn('initiator', number);

/** Port n on a physical port and an HA domain of its own, in network 1, idle. */
export function port(number: number, more: Partial<PathPort> = {}): PathPort {
  const padded = String(number).padStart(3, '0');
  return {
    urn: portUrn(number),
    name: `port-${padded}`,
    address: `50:00:00:00:00:00:00:${padded.slice(1)}`,
    network: network(1),
    haDomain: `director-${padded}`,
    physicalPort: `physical-${padded}`,
    load: IDLE,
    ...more,
  };
}

/** Initiator n, in network 1. */
export function initiator(number: number, more: Partial<PathInitiator> = {}): PathInitiator {
  const portName = `10:00:00:00:00:00:00:${String(number).padStart(2, '0')}`;
  return { urn: initiatorUrn(number), portName, network: network(1), ...more };
}

export const pair = (of: number, through: number): PathPair => ({
  initiator: initiatorUrn(of),
  port: portUrn(through),
});

export function request(more: Partial<Omit<PathRequest, 'rules'>> & { rules?: Partial<PathRules> } = {}): PathRequest {
  return {
    host: 'web-01',
    system: 'array-1',
    initiators: [initiator(1)],
    ports: [port(1)],
    existing: [],
    nowMs: NOW_MS,
    ...more,
    rules: { min: 1, max: 4, perInitiator: 1, ...more.rules },
  };
}

export function planOf(result: PathResult): PathPlan {
  if (!result.ok) throw new Error(result.why);
  return result.plan;
}

export function refusalOf(result: PathResult): PathRefusal {
  if (result.ok) throw new Error('not refused');
  return result;
}

/** `initiator>port` by their numbers. */
export const shown = (pairs: readonly PathPair[]): string[] =>
  pairs.map(({ initiator, port }) => `${numberOf(initiator)}>${numberOf(port)}`);

export const numberOf = (of: Urn): number => Number(of.split(':')[3]!.slice(-12));

/** Directors of two an engine, physical ports of up to two virtual ones, in up to three networks; loads of all kinds. */
export const somePorts: fc.Arbitrary<PathPort[]> = fc
  .array(
    fc.record({
      network: fc.integer({ min: 1, max: 3 }),
      director: fc.integer({ min: 1, max: 5 }),
      physical: fc.integer({ min: 1, max: 3 }),
      switch: fc.constantFrom(undefined, 'switch-1', 'switch-2'),
      volumes: fc.integer({ min: 0, max: 3 }),
      initiators: fc.integer({ min: 0, max: 3 }),
      busyPercent: fc.constantFrom(undefined, 0, 2, 30, 95, 100),
      cpuBusyPercent: fc.constantFrom(undefined, 5, 60),
      ageMs: fc.constantFrom(0, HOUR_MS, 49 * HOUR_MS),
    }),
    { maxLength: 14 },
  )
  .chain((all) => fc.boolean().map((measured) => all.map((one, n) => somePort(one, n + 1, measured))));

interface Wishes {
  readonly network: number;
  readonly director: number;
  readonly physical: number;
  readonly switch: string | undefined;
  readonly volumes: number;
  readonly initiators: number;
  readonly busyPercent: number | undefined;
  readonly cpuBusyPercent: number | undefined;
  readonly ageMs: number;
}

function somePort(wishes: Wishes, number: number, measured: boolean): PathPort {
  const busyPercent = wishes.busyPercent ?? (measured ? 10 : undefined);
  return port(number, {
    network: network(wishes.network),
    haDomain: `director-${wishes.director}`,
    engine: `engine-${Math.ceil(wishes.director / 2)}`,
    physicalPort: `director-${wishes.director}:${wishes.physical}`,
    ...(wishes.switch === undefined ? {} : { switch: wishes.switch }),
    load: {
      volumes: wishes.volumes,
      initiators: wishes.initiators,
      measuredAtMs: NOW_MS - (measured ? wishes.ageMs % (48 * HOUR_MS) : wishes.ageMs),
      ...(busyPercent === undefined ? {} : { busyPercent }),
      ...(wishes.cpuBusyPercent === undefined ? {} : { cpuBusyPercent: wishes.cpuBusyPercent }),
    },
  });
}

export const someInitiators: fc.Arbitrary<PathInitiator[]> = fc
  .array(
    fc.record({
      network: fc.integer({ min: 1, max: 3 }),
      switch: fc.constantFrom(undefined, 'switch-1', 'switch-2'),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map((one, n) =>
      initiator(n + 1, {
        network: network(one.network),
        ...(one.switch === undefined ? {} : { switch: one.switch }),
      }),
    ),
  );

export const someRules: fc.Arbitrary<PathRules> = fc
  .record({
    min: fc.integer({ min: 1, max: 5 }),
    more: fc.integer({ min: 0, max: 4 }),
    perInitiator: fc.integer({ min: 1, max: 3 }),
    acrossHaDomains: fc.constantFrom(undefined, undefined, 1, 2, 3, 4),
  })
  .map(({ min, more, perInitiator, acrossHaDomains }) => ({
    min,
    max: min + more,
    perInitiator,
    ...(acrossHaDomains === undefined ? {} : { acrossHaDomains }),
  }));

/** Without existing paths. */
export const someNewHost: fc.Arbitrary<PathRequest> = fc
  .record({ ports: somePorts, initiators: someInitiators, rules: someRules, volumes: fc.constantFrom(undefined, 1, 5) })
  .map(({ volumes, ...rest }) => request({ ...rest, ...(volumes === undefined ? {} : { volumes }) }));

/** With paths that somebody chose, some of them to ports that are gone. */
export const someHost: fc.Arbitrary<PathRequest> = someNewHost.chain((asked) =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 9 })), { maxLength: 4 })
    .map((picks) => ({ ...asked, existing: picks.flatMap((pick) => somePair(asked, pick)) })),
);

function somePair({ initiators, ports }: PathRequest, [of, through, lost]: [number, number, number]): PathPair[] {
  const from = initiators[of % initiators.length]!;
  if (lost === 0) return [{ initiator: from.urn, port: portUrn(900 + (through % 3)) }];
  const there = ports.filter((one) => one.network === from.network);
  const to = there[through % Math.max(1, there.length)];
  return to ? [{ initiator: from.urn, port: to.urn }] : [];
}

export const someSettings: fc.Arbitrary<PathSettings> = fc
  .record({
    metrics: fc.boolean(),
    initiatorCeiling: fc.constantFrom(undefined, undefined, 1, 3, 4),
    volumeCeiling: fc.constantFrom(undefined, undefined, 5, 8),
    switchAffinity: fc.boolean(),
    portCeilingPercent: fc.constantFrom(90, 100),
  })
  .map(({ initiatorCeiling, volumeCeiling, ...rest }) => ({
    ...DEFAULT_PATH_SETTINGS,
    ...rest,
    ...(initiatorCeiling === undefined ? {} : { initiatorCeiling }),
    ...(volumeCeiling === undefined ? {} : { volumeCeiling }),
  }));
