/** What conformance cases share: names, identities and calls on one opened device, and reading the whole of it. */
import assert from 'node:assert/strict';
import { canonicalJson, sha256Hex } from '../../../lib/canonical-json.ts';
import { LIMITS } from '../../../lib/limits.ts';
import type {
  BlockArray,
  CallContext,
  Capability,
  EnsureMaskArgs,
  EnsureVolumeArgs,
  Expectation,
  MaskObservation,
  Page,
  PoolObservation,
  PortObservation,
  VolumeObservation,
} from '../contract.ts';
import { DriverError, type DriverErrorClass } from '../errors.ts';
import { type ManifestFacts, type OpenDevice, SkippedCase } from './target.ts';

const MIB = 1024 ** 2;
const PAGES_MAX = 10_000;

export interface MadeVolume {
  readonly args: EnsureVolumeArgs;
  readonly seen: VolumeObservation;
  readonly expect: Expectation;
}
export interface MadeMask {
  readonly args: EnsureMaskArgs;
  readonly seen: MaskObservation;
  readonly expect: Expectation;
}

export interface Inventory {
  readonly pools: readonly PoolObservation[];
  readonly ports: readonly PortObservation[];
  readonly volumes: readonly VolumeObservation[];
  readonly masks: readonly MaskObservation[];
}

export interface Fixture {
  readonly manifest: ManifestFacts;
  readonly device: OpenDevice;
  readonly array: BlockArray;
  /** A call that has all the time that the engine gives one. */
  ctx(overrides?: Partial<CallContext>): CallContext;
  /** All that was logged and thrown so far. */
  readonly said: string[];
  volumeArgs(overrides?: Partial<EnsureVolumeArgs>): Promise<EnsureVolumeArgs>;
  maskArgs(overrides?: Partial<EnsureMaskArgs>): Promise<EnsureMaskArgs>;
  makeVolume(overrides?: Partial<EnsureVolumeArgs>): Promise<MadeVolume>;
  makeMask(overrides?: Partial<EnsureMaskArgs>): Promise<MadeMask>;
  /** A volume mapped at `hlu`, for one initiator. */
  makeMapped(hlu?: number): Promise<{ volume: MadeVolume; mask: MadeMask; hlu: number }>;
  initiator(): Promise<string>;
  /** A usable pool that makes such volumes, as it was at first; the case is skipped when there is none. */
  pool(provisioning?: 'thin' | 'thick'): Promise<PoolObservation>;
  inventory(array?: BlockArray): Promise<Inventory>;
  /** The call must fail with one of these classes. */
  refused(call: Promise<unknown>, ...classes: DriverErrorClass[]): Promise<DriverError>;
}

export const INSTALLATION = 'conformance-a';
export const OTHER_INSTALLATION = 'conformance-b';

/** Every page of a list. Fails on a page that isn't complete. */
export async function allPages<T>(list: (page?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  for (let count = 0; count < PAGES_MAX; count++) {
    const page: Page<T> = await list(next);
    assert.equal(page.complete, true, 'a page is not complete');
    items.push(...page.items);
    if (page.next === undefined) return items;
    next = page.next;
  }
  throw new assert.AssertionError({ message: 'pages never end' });
}

const byNativeId = <T extends { nativeId: string }>(items: T[]): T[] =>
  items.sort((a, b) => (a.nativeId < b.nativeId ? -1 : 1));

async function readInventory(array: BlockArray, ctx: () => CallContext): Promise<Inventory> {
  return {
    pools: byNativeId(await allPages((page) => array.listPools(ctx(), page))),
    ports: byNativeId(await allPages((page) => array.listPorts(ctx(), page))),
    volumes: byNativeId(await allPages((page) => array.listVolumes(ctx(), page))),
    masks: byNativeId(await allPages((page) => array.listMasks(ctx(), page))),
  };
}

/** What is free and allocated counts only where the target says that it is exact: a file system takes blocks of its own. */
function comparable(f: Fixture, volume: VolumeObservation): VolumeObservation {
  return f.device.capacityExact ? volume : { ...volume, allocatedBytes: 0 };
}

export function sameVolume(f: Fixture, actual: VolumeObservation | undefined, expected: VolumeObservation): void {
  assert.deepEqual(actual && comparable(f, actual), comparable(f, expected));
}

/** The device is as it was. */
export async function unchanged(f: Fixture, before: Inventory): Promise<void> {
  const all = ({ pools, volumes, ...rest }: Inventory) => ({
    ...rest,
    pools: f.device.capacityExact ? pools : pools.map((pool) => ({ ...pool, freeBytes: 0, notes: undefined })),
    volumes: volumes.map((volume) => comparable(f, volume)),
  });
  assert.deepEqual(all(await f.inventory()), all(before));
}

export async function refusedWith(
  f: Pick<Fixture, 'said'>,
  call: Promise<unknown>,
  classes: readonly DriverErrorClass[],
) {
  const error = await call.then(
    (value) => assert.fail(`expected ${classes.join(' or ')}, got ${canonicalJson(value)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof assert.AssertionError) throw error;
  assert.ok(error instanceof DriverError, `not a DriverError: ${String(error)}`);
  f.said.push(error.message, error.hint ?? '', error.transcript ?? '', ...error.holders);
  assert.ok(classes.includes(error.class), `expected ${classes.join(' or ')}, got ${error.class}: ${error.message}`);
  assert.ok(error.message.length > 0, 'an error without a message');
  return error;
}

export function createFixture(manifest: ManifestFacts, device: OpenDevice, caseId: string): Fixture {
  const { array, clock } = device;
  const said: string[] = [];
  let counter = 0;
  const unique = () => sha256Hex(`${caseId}/${++counter}`);
  const urn = () => {
    const hex = unique();
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    return `urn:storageos:Volume:${uuid}:vdc1`;
  };
  const ctx = (overrides: Partial<CallContext> = {}): CallContext => ({
    nowMs: clock.nowMs,
    deadlineMs: clock.nowMs() + LIMITS.deviceCallDeadlineMs,
    signal: new AbortController().signal,
    log: { debug: (message, fields) => void said.push(message, canonicalJson(fields ?? {})) },
    ...overrides,
  });
  // Pools and ports don't come and go during a case.
  let poolsSeen: Promise<PoolObservation[]> | undefined;
  let portsSeen: Promise<PortObservation[]> | undefined;
  const pool = async (provisioning?: 'thin' | 'thick') => {
    poolsSeen ??= allPages((page) => array.listPools(ctx(), page));
    const pools = byNativeId(await poolsSeen).filter(({ usable }) => usable);
    const makes = (kind: 'thin' | 'thick') => pools.find((candidate) => candidate.provisioning.includes(kind));
    // Thin is the usual; a device that makes only thick volumes is tested with those.
    const found = provisioning === undefined ? (makes('thin') ?? makes('thick')) : makes(provisioning);
    if (!found) throw new SkippedCase(`the device has no usable pool for ${provisioning ?? 'any'} volumes`);
    return found;
  };
  const ports = () => {
    portsSeen ??= allPages((page) => array.listPorts(ctx(), page));
    return portsSeen;
  };
  const initiator = async () => {
    const hex = unique();
    const transport = (await ports())[0]?.transport;
    return transport === 'fc'
      ? `10:00:${hex.slice(0, 12).match(/../g)!.join(':')}`
      : `iqn.2026-01.io.coprhd.conformance:${hex.slice(0, 12)}`;
  };
  const volumeArgs = async (overrides: Partial<EnsureVolumeArgs> = {}): Promise<EnsureVolumeArgs> => {
    const { nativeId, granularityBytes, volumeBytesMin, provisioning } = await pool(overrides.provisioning);
    const hex = unique();
    return {
      name: `conf${hex.slice(0, 12)}`,
      pool: nativeId,
      sizeBytes: Math.ceil(Math.max(volumeBytesMin, 8 * MIB) / granularityBytes) * granularityBytes,
      provisioning: provisioning.includes('thin') ? 'thin' : 'thick',
      wwn: `6${hex.slice(0, 31)}`,
      serial: hex.slice(0, 12),
      mark: { installation: INSTALLATION, urn: urn(), epoch: 1 },
      ...overrides,
    };
  };
  const maskArgs = async (overrides: Partial<EnsureMaskArgs> = {}): Promise<EnsureMaskArgs> => ({
    name: `conf${unique().slice(0, 12)}`,
    mark: { installation: INSTALLATION, urn: urn().replace('Volume', 'ExportMask'), epoch: 1 },
    initiators: overrides.initiators ?? [await initiator()],
    ports: overrides.ports ?? (await ports()).map(({ nativeId }) => nativeId),
    ...overrides,
  });
  const makeVolume = async (overrides?: Partial<EnsureVolumeArgs>): Promise<MadeVolume> => {
    const args = await volumeArgs(overrides);
    const seen = await array.ensureVolume(ctx(), args);
    return { args, seen, expect: { nativeId: seen.nativeId, wwn: args.wwn, mark: args.mark } };
  };
  const makeMask = async (overrides?: Partial<EnsureMaskArgs>): Promise<MadeMask> => {
    const args = await maskArgs(overrides);
    const seen = await array.ensureMask(ctx(), args);
    return { args, seen, expect: { nativeId: seen.nativeId, mark: args.mark } };
  };
  return {
    manifest,
    device,
    array,
    ctx,
    said,
    pool,
    initiator,
    volumeArgs,
    maskArgs,
    makeVolume,
    makeMask,
    makeMapped: async (hlu = Math.max(1, manifest.hlu.min)) => {
      const volume = await makeVolume();
      const mask = await makeMask();
      const seen = await array.ensureMapping(ctx(), mask.expect, { volume: volume.expect, hlu });
      return { volume, mask: { ...mask, seen }, hlu };
    },
    inventory: (from = array) => readInventory(from, ctx),
    refused: (call, ...classes) => refusedWith({ said }, call, classes),
  };
}

/** One case, before it is bound to a target. */
export interface CaseBody {
  readonly id: string;
  readonly title: string;
  readonly needs?: Capability | 'scan';
  run(f: Fixture): Promise<void>;
}
