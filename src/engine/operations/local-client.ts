/**
 * The EngineClient of this process: opens the state when an operation first needs it, checks inputs, numbers events,
 * and closes everything. What reaches the caller is a result or an OperationError.
 */
import { type Clock, systemClock } from '../../lib/clock.ts';
import { type Diagnostic, fail, OperationError } from '../../lib/diagnostic.ts';
import { systemRandom, uuid } from '../../lib/random.ts';
import type { Actor } from '../model/record.ts';
import { createBlobStore } from '../state/blobs.ts';
import { initialiseState, openState, RESTORE_FIX, readInstallation } from '../state/installation.ts';
import { keys } from '../state/keys.ts';
import { isHolderDead, liveProcesses, type ProcessHost } from '../state/leases.ts';
import { currentProcessHost } from '../state/lmdb/host-identity.ts';
import { createFileLogStore } from '../state/log.ts';
import { createMemoryStore } from '../state/memory/memory-store.ts';
import { type StateStore, StoreDamagedError, StoreError } from '../state/store.ts';
import { importState, readExport } from '../state/transfer.ts';
import type { Bounds } from '../tenancy/bounds.ts';
import { createDeviceSlots } from '../workflow/device-slots.ts';
import { createFabricLanes } from '../workflow/fabric-lanes.ts';
import { createGroupCommit } from '../workflow/group-commit.ts';
import { createCredentialResolver, type KeySource, NO_KEYS } from './credentials.ts';
import { createDeviceRegistry } from './devices.ts';
import type { Call, Engine } from './engine.ts';
import { createHostSessions } from './host-sessions.ts';
import { INPUTS, parseInput } from './inputs.ts';
import { interruptible } from './interrupting.ts';
import { OPERATIONS, STATELESS, type StatefulOperation } from './registry.ts';
import { type StatePlace, type Surroundings, statePlace } from './state-place.ts';
import type {
  EngineClient,
  EngineEvent,
  EventBody,
  InputOf,
  OperationContext,
  OperationName,
  ResultOf,
} from './types.ts';

export interface LocalClientOptions {
  /** As people write it: a directory, or the URL of an etcd cluster (state/location.ts). */
  readonly state: string;
  readonly surroundings?: Surroundings;
  readonly actor: Actor;
  /** Crash seam of the executor, for tests. */
  readonly crashPoint?: (name: string) => void;
  /** For tests that let several "processes" live and die in one: who this one is. */
  readonly host?: ProcessHost;
  /** Stands before the state of this client, for tests: what a dead process would not do any more is stopped there. */
  readonly wrapStore?: (store: StateStore) => StateStore;
  readonly clock?: Clock;
  /** Keys of the vault. */
  readonly keySource?: KeySource;
  /** False: no device or credential of this machine is used. Default true. */
  readonly allowLocal?: boolean;
}

const random = systemRandom;

interface Options extends LocalClientOptions {
  readonly place: StatePlace;
}

/** Who asks, where one process asks for many. */
export interface Caller {
  readonly actor: Actor;
  readonly origin: OperationContext['origin'];
  readonly requestId: string;
  /** What is asked and answered within them only. */
  readonly bounds?: Bounds;
}

export interface LocalClient extends EngineClient {
  /** The same engine, asked by somebody else. Closing it closes nothing. */
  as(caller: Caller): EngineClient;
  /** Opens the state, if it isn't open yet, and reads one key. Rejects when that isn't possible. */
  ping(): Promise<void>;
}

/** Rejects with an OperationError (usage) when `state` names no place. */
export async function openLocalClient(given: LocalClientOptions): Promise<LocalClient> {
  const options: Options = { ...given, place: statePlace(given.state, given.surroundings) };
  let opened: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (opened ??= openEngine(options));
  const callAs =
    (caller?: Caller): EngineClient['call'] =>
    async (name, input, callOptions = {}) => {
      const ctx = makeContext(options, callOptions.onEvent, callOptions.signal, caller);
      const { signal } = callOptions;
      const ask: EngineClient['call'] = async (asked, given) =>
        dispatch(asked, checked(asked, given), ctx, options, engine);
      const bounds = caller?.bounds;
      const work = () => (bounds ? askWithin(bounds, engine, name, input, ask) : ask(name, input));
      return (signal ? interruptible(signal, work) : work()).catch((error: unknown) =>
        explainStoreError(error, options.place),
      );
    };
  return {
    call: callAs(),
    as: (caller) => ({ call: callAs(caller), close: async () => {} }),
    ping: async () => {
      const { store } = await engine().catch((error: unknown) => explainStoreError(error, options.place));
      await store.get(keys.version);
    },
    close: async () => {
      const current = await opened?.catch(() => undefined);
      await current?.devices.close();
      await current?.store.close();
    },
  };
}

/** Rejects with the usage outcome when it doesn't fit. */
function checked<N extends OperationName>(name: N, input: unknown): InputOf<N> {
  const parsed = parseInput(name, input);
  if (parsed.ok) return parsed.input;
  throw new OperationError(
    'usage',
    parsed.issues.map((summary) => ({ code: 'COPRHD-USAGE-001', severity: 'error', summary })),
  );
}

async function askWithin<N extends OperationName>(
  bounds: Bounds,
  engine: () => Promise<Engine>,
  name: N,
  input: InputOf<N>,
  ask: <M extends OperationName>(name: M, input: InputOf<M>) => Promise<ResultOf<M>>,
): Promise<ResultOf<N>> {
  checked(name, input);
  if (bounds.monitors && INPUTS[name].right === 'read') return ask(name, input);
  const { askBounded } = await import('./bounded.ts');
  return askBounded(await engine(), bounds, { name, input, ask });
}

/** A store that can't be opened, read or written is the user's to see to, not a bug. */
function explainStoreError(error: unknown, place: StatePlace): never {
  if (!(error instanceof StoreError)) throw error;
  return fail(error.unknown ? 'unknown' : 'error', {
    code: 'COPRHD-STATE-003',
    summary: error.message,
    fix: error instanceof StoreDamagedError ? RESTORE_FIX : place.fix,
  });
}

async function dispatch<N extends OperationName>(
  name: N,
  input: InputOf<N>,
  ctx: OperationContext,
  options: Options,
  engine: () => Promise<Engine>,
): Promise<ResultOf<N>> {
  if (name === 'init') return (await init(options)) as ResultOf<N>;
  if (name === 'state.import') return (await stateImport(options, input as InputOf<'state.import'>)) as ResultOf<N>;
  if (Object.hasOwn(STATELESS, name)) {
    const run = await STATELESS[name as 'sim']();
    return (await run(input as InputOf<'sim'>)) as unknown as ResultOf<N>;
  }
  const run = (await OPERATIONS[name as StatefulOperation]()) as (call: Call, input: unknown) => Promise<ResultOf<N>>;
  // Files can be checked before there is a state: names are then looked up in an empty one.
  const ofFiles = name === 'validate' || (name === 'graph' && 'source' in input);
  const open = ofFiles ? await engine().catch((error) => emptyEngine(options, error)) : await engine();
  return run({ engine: open, ctx }, input);
}

const clockOf = (options: Options): Clock => options.clock ?? systemClock;

function makeContext(
  options: Options,
  onEvent: ((event: EngineEvent) => void) | undefined,
  signal?: AbortSignal,
  caller?: Caller,
): OperationContext {
  const clock = clockOf(options);
  let seq = 0;
  const emit = (body: EventBody) => onEvent?.({ seq: ++seq, atMs: clock.nowMs(), ...body });
  let own = signal;
  return {
    ...(caller ?? { actor: options.actor, origin: 'cli', requestId: uuid(random) }),
    emit,
    /** Made when somebody asks for it: most of what only reads never does. */
    get signal() {
      own ??= new AbortController().signal;
      return own;
    },
  };
}

async function openEngine(options: Options): Promise<Engine> {
  const clock = clockOf(options);
  const open = () => options.place.open({ clock, random });
  const { store, installation } = await openState(open, { clock, random });
  return makeEngine(options, options.wrapStore?.(store) ?? store, installation);
}

function makeEngine(options: Options, store: StateStore, installation: Engine['installation']): Engine {
  const clock = clockOf(options);
  const { keySource = NO_KEYS } = options;
  const resolve = createCredentialResolver(store, keySource);
  const access = { local: options.allowLocal ?? true };
  return {
    store,
    installation,
    clock,
    random,
    blobs: createBlobStore(store),
    log: createFileLogStore(options.place.logDirectory(installation.installationId)),
    host: options.host ?? currentProcessHost(),
    slots: createDeviceSlots(),
    fabrics: createFabricLanes(clock),
    commits: createGroupCommit(store),
    devices: createDeviceRegistry(clock, resolve, access),
    openHost: createHostSessions(clock, resolve, access),
    keySource,
    ...(options.crashPoint ? { crashPoint: options.crashPoint } : {}),
  };
}

async function emptyEngine(options: Options, error: unknown): Promise<Engine> {
  const missing = error instanceof OperationError && error.diagnostics.some(({ code }) => code === 'COPRHD-STATE-001');
  if (!missing) throw error;
  const clock = clockOf(options);
  const store = createMemoryStore({ clock, random });
  await initialiseState(store, { clock, random, actor: options.actor });
  const installation = await readInstallation(store);
  return makeEngine(options, store, installation!);
}

async function init(options: Options): Promise<ResultOf<'init'>> {
  const clock = clockOf(options);
  const store = await options.place.open({ clock, random }, { create: true });
  try {
    await initialiseState(store, { clock, random, actor: options.actor });
    const installation = await readInstallation(store);
    if (!installation)
      return fail('error', {
        code: 'COPRHD-STATE-003',
        summary: `the state in ${options.place.text} can't be read back`,
      });
    return { installation: installation.installationId, state: options.place.text };
  } finally {
    await store.close();
  }
}

async function stateImport(options: Options, input: InputOf<'state.import'>): Promise<ResultOf<'state.import'>> {
  const clock = clockOf(options);
  // Before there is a store: a refused document leaves nothing behind.
  const document = readExport(input.document);
  const store = await options.place.open({ clock, random }, { create: true });
  try {
    await refuseWhileUsed(options, store);
    const { installation, records } = await importState(store, document, { replace: input.replace });
    const diagnostics: Diagnostic[] = [
      {
        code: 'COPRHD-DEVICE-006',
        severity: 'warning',
        summary: 'every device is only observed until it is reviewed',
        detail: 'a state must be used in one place only: a review here makes the one that this was exported from stop',
        fix: 'coprhd device list, then coprhd device review NAME',
      },
    ];
    return { outcome: 'ok', diagnostics, records, epoch: installation.epoch };
  } finally {
    await store.close();
  }
}

/** An import replaces the state under whoever is at work on it. */
async function refuseWhileUsed(options: Options, store: StateStore): Promise<void> {
  const self = options.host ?? currentProcessHost();
  const users = (await liveProcesses(store)).filter((holder) => isHolderDead(holder, self) !== 'dead');
  if (users.length === 0) return;
  const [{ host, pid, actor }] = users as [(typeof users)[0], ...typeof users];
  fail('claimed', {
    code: 'COPRHD-APPLY-003',
    summary: `the state in ${options.place.text} is in use: nothing was imported`,
    detail: `process ${pid} on ${host} (${actor.name})${users.length > 1 ? ` and ${users.length - 1} more` : ''}`,
    fix: 'try again when it is done',
  });
}
