/** What conformance cases of network systems share: names, members, deltas and calls on one opened fabric. */
import assert from 'node:assert/strict';
import { canonicalJson, sha256Hex } from '../../../lib/canonical-json.ts';
import { LIMITS } from '../../../lib/limits.ts';
import type { CallContext } from '../contract.ts';
import type { DriverError, DriverErrorClass } from '../errors.ts';
import type {
  AliasObservation,
  ConfigurationObservation,
  EndpointObservation,
  FabricObservation,
  NetworkSystem,
  ZoneDelta,
  ZoneDeltaResult,
  ZoneMember,
  ZoneObservation,
  ZoneSpec,
  ZoningObservation,
} from '../network-contract.ts';
import { allPages, refusedWith } from './fixture.ts';
import type { NetworkManifestFacts, OpenNetwork } from './network-target.ts';

export const CONFIGURATION = 'conf_configuration';
export const OWNER = 'coprhd conformance';

export interface NetworkInventory {
  readonly fabrics: readonly FabricObservation[];
  readonly endpoints: readonly EndpointObservation[];
  readonly aliases: readonly AliasObservation[];
  readonly zones: readonly ZoneObservation[];
  readonly configurations: readonly ConfigurationObservation[];
  readonly zoning: ZoningObservation;
}

export interface NetworkFixture {
  readonly manifest: NetworkManifestFacts;
  readonly device: OpenNetwork;
  readonly network: NetworkSystem;
  readonly fabric: string;
  /** A call that has all the time that the engine gives one. */
  ctx(overrides?: Partial<CallContext>): CallContext;
  /** All that was logged and thrown so far. */
  readonly said: string[];
  /** A zone nobody has, of two WWPNs that no device has. */
  zone(members?: readonly ZoneMember[]): ZoneSpec;
  wwpn(): ZoneMember;
  zoning(): Promise<ZoningObservation>;
  /** A delta on the zoning as it is now. */
  delta(changes: Partial<ZoneDelta>): Promise<ZoneDelta>;
  apply(changes: Partial<ZoneDelta>, ctx?: CallContext): Promise<ZoneDeltaResult>;
  /** Makes a zone that is in effect, and returns it. */
  made(): Promise<ZoneSpec>;
  read(name: string): Promise<ZoneObservation | undefined>;
  inventory(network?: NetworkSystem): Promise<NetworkInventory>;
  /** The call must fail with one of these classes. */
  refused(call: Promise<unknown>, ...classes: DriverErrorClass[]): Promise<DriverError>;
}

const sorted = <T>(items: readonly T[], keyOf: (item: T) => string): T[] =>
  [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

export const memberKey = (member: ZoneMember): string => canonicalJson(member);

/** Members in an order that doesn't depend on the device. */
export const membersOf = (members: readonly ZoneMember[] | undefined): ZoneMember[] | undefined =>
  members && sorted(members, memberKey);

async function readInventory(
  network: NetworkSystem,
  fabric: string,
  ctx: () => CallContext,
): Promise<NetworkInventory> {
  return {
    fabrics: sorted(await allPages((page) => network.listFabrics(ctx(), page)), (item) => item.nativeId),
    endpoints: sorted(await allPages((page) => network.listEndpoints(ctx(), fabric, page)), (item) => item.nativeId),
    aliases: sorted(await allPages((page) => network.listAliases(ctx(), fabric, page)), (item) => item.name),
    zones: sorted(await allPages((page) => network.listZones(ctx(), fabric, page)), (item) => item.name),
    configurations: sorted(
      await allPages((page) => network.listConfigurations(ctx(), fabric, page)),
      (item) => item.name,
    ),
    zoning: await network.readZoning(ctx(), fabric),
  };
}

/** The fabric is as it was, to the byte. */
export async function sameFabric(f: NetworkFixture, before: NetworkInventory): Promise<void> {
  assert.deepEqual(await f.inventory(), before);
}

const NOTHING = { addAliases: [], removeAliases: [], add: [], change: [], remove: [] };

export function createNetworkFixture(
  manifest: NetworkManifestFacts,
  device: OpenNetwork,
  caseId: string,
): NetworkFixture {
  const { network, clock, fabric } = device;
  const said: string[] = [];
  let counter = 0;
  const unique = () => sha256Hex(`${caseId}/${++counter}`);
  const ctx = (overrides: Partial<CallContext> = {}): CallContext => ({
    nowMs: clock.nowMs,
    deadlineMs: clock.nowMs() + LIMITS.deviceCallDeadlineMs,
    signal: new AbortController().signal,
    log: { debug: (message, fields) => void said.push(message, canonicalJson(fields ?? {})) },
    ...overrides,
  });
  const wwpn = (): ZoneMember => ({ type: 'wwpn', wwpn: `10:00:${unique().slice(0, 12).match(/../g)!.join(':')}` });
  const zone = (members: readonly ZoneMember[] = [wwpn(), wwpn()]) => ({
    name: `conf_${unique().slice(0, 12)}`,
    members,
  });
  const zoning = () => network.readZoning(ctx(), fabric);
  const delta = async (changes: Partial<ZoneDelta>): Promise<ZoneDelta> => ({
    ...NOTHING,
    fabric,
    base: changes.base ?? (await zoning()).fingerprint,
    owner: OWNER,
    configuration: CONFIGURATION,
    activate: true,
    activatePending: false,
    ...changes,
  });
  const apply = async (changes: Partial<ZoneDelta>, with_: CallContext = ctx()) =>
    network.applyZoneDelta(with_, await delta(changes));
  return {
    ...{ manifest, device, network, fabric, ctx, said, zone, wwpn, zoning, delta, apply },
    made: async () => {
      const spec = zone();
      await apply({ add: [spec] });
      return spec;
    },
    read: async (name) => (await network.readZones(ctx(), fabric, [name]))[0],
    inventory: (from = network) => readInventory(from, fabric, ctx),
    refused: (call, ...classes) => refusedWith({ said }, call, classes),
  };
}

/** One case, before it is bound to a target. */
export interface NetworkCaseBody {
  readonly id: string;
  readonly title: string;
  readonly needs?: 'aliases';
  run(f: NetworkFixture): Promise<void>;
}
