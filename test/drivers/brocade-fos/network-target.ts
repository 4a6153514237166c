/**
 * The simulated switch as a target of the network conformance kit: a simulator a case, reached as the engine reaches devices,
 * by the scheme of an endpoint and with the key pinned that it showed first.
 */
import manifest from '../../../drivers/brocade-fos/index.ts';
import { type FosSimulator, startFosSimulator } from '../../../drivers/simulator/fos/simulator.ts';
import {
  type FabricOptions,
  fabricOf,
  type StateOptions,
  stateOf,
} from '../../../drivers/simulator/fos/state/build.ts';
import type { NetworkConformanceTarget, OpenNetwork } from '../../../src/engine/driver/conformance/network-target.ts';
import { type ErrorSample, SkippedCase } from '../../../src/engine/driver/conformance/target.ts';
import type { CallContext } from '../../../src/engine/driver/contract.ts';
import type { DriverErrorClass } from '../../../src/engine/driver/errors.ts';
import type { NetworkSystem, ZoneDelta, ZoneMember, ZoneSpec } from '../../../src/engine/driver/network-contract.ts';
import { type DeviceSpec, openSession, readHostKeysOf } from '../../../src/engine/operations/device-session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { faultHooks, handHooks, memberText } from '../simulator/fos/hooks.ts';
import type { TestTls } from '../simulator/fos/support.ts';

export type Scheme = 'ssh' | 'https';

export const PASSWORD = 'zYx-9876-wvu';
const ACCOUNTS = [
  { user: 'zoner', password: PASSWORD, role: 'zoneadmin' },
  { user: 'looker', password: PASSWORD, role: 'user' },
] as const;

export interface Where {
  readonly scheme: Scheme;
  readonly tls: TestTls;
  readonly firmware: string;
  /** Enters this virtual fabric; without it the switch has none. */
  readonly virtualFabric?: number;
}

export interface Login {
  readonly scheme?: Scheme;
  readonly user?: string;
  readonly password?: string;
  readonly virtualFabric?: number | undefined;
}

/** A simulated switch, and sessions of the driver to it. */
export interface Switched {
  readonly simulator: FosSimulator;
  connect(login?: Login): Promise<NetworkSystem>;
  /** Native id of its fabric. */
  readonly fabric: string;
  readonly fid: number;
}

export const callContext = (deadlineInMs = LIMITS.deviceCallDeadlineMs): CallContext => ({
  nowMs: systemClock.nowMs,
  deadlineMs: systemClock.nowMs() + deadlineInMs,
  signal: new AbortController().signal,
  log: { debug: () => {} },
});

const stateFor = ({ firmware, virtualFabric }: Where, options: FabricOptions, state: StateOptions) => {
  const fabric = fabricOf({ ...options, ...(virtualFabric === undefined ? {} : { fid: virtualFabric }) });
  const fabrics =
    virtualFabric === undefined ? [fabric] : [fabricOf({ name: 'base', hosts: 1, firstPort: 16 }), fabric];
  return stateOf({ firmware, accounts: ACCOUNTS, fabrics, ...state });
};

export async function startSwitch(
  where: Where,
  options: FabricOptions = {},
  state: StateOptions = {},
): Promise<Switched> {
  const { tls } = where;
  const simulator = await startFosSimulator({ state: stateFor(where, options, state), tls });
  const { host, sshPort, httpsPort } = simulator;
  const spec = ({ scheme = where.scheme, user = 'zoner', virtualFabric = where.virtualFabric }: Login): DeviceSpec => ({
    name: 'switch',
    driver: manifest.name,
    endpoint: scheme === 'ssh' ? `ssh://${user}@${host}:${sshPort}` : `https://${host}:${httpsPort}`,
    configuration: {
      ...(scheme === 'ssh' ? {} : { user }),
      ...(virtualFabric === undefined ? {} : { virtualFabric }),
    },
    credential: 'vault:switch',
  });
  const shown = new Map<string, ReturnType<typeof readHostKeysOf>>();
  const pinned = async (device: DeviceSpec): Promise<DeviceSpec> => {
    const { endpoint } = device;
    const keys = shown.get(endpoint) ?? readHostKeysOf(device, systemClock, async () => new Redacted(PASSWORD));
    shown.set(endpoint, keys);
    return { ...device, hostKeys: await keys };
  };
  const connect: Switched['connect'] = async (login = {}) => {
    const device = await pinned(spec(login));
    const secret = new Redacted(login.password ?? PASSWORD);
    const opened = await openSession(device, manifest, systemClock, async () => secret);
    const configuration = manifest.configuration.parse(device.configuration);
    return manifest.connect({ ...opened, configuration });
  };
  const network = await connect();
  const [fabric] = (await network.listFabrics(callContext())).items;
  await network.close();
  return { simulator, connect, fabric: fabric!.nativeId, fid: where.virtualFabric ?? simulator.state().defaultFid };
}

/** A call on the command line made the first zone of the delta, and died. */
function leaveTransaction(scheme: Scheme, { hand }: FosSimulator, fid: number, { add }: ZoneDelta): void {
  if (scheme === 'https') {
    throw new SkippedCase(
      'over REST a transaction is of the session that opened it: nobody else can drop it, and it ends with it',
    );
  }
  const [{ name, members }] = add as readonly [ZoneSpec];
  hand.type(`zonecreate "${name}","${members.map(memberText).join(';')}"`, { fid });
}

async function added(network: NetworkSystem, fabric: string): Promise<void> {
  const { fingerprint } = await network.readZoning(callContext(), fabric);
  const members: ZoneMember[] = [{ type: 'wwpn', wwpn: '10:00:00:00:c9:00:00:01' }];
  await network.applyZoneDelta(callContext(), {
    ...{ fabric, base: fingerprint, owner: 'coprhd', configuration: 'prod', activate: true, activatePending: false },
    ...{ addAliases: [], removeAliases: [], change: [], remove: [], add: [{ name: 'sample', members }] },
  });
}

/** What a switch refuses by itself, whoever asks. */
function errorSamples(
  { simulator, connect, fabric }: Switched,
  missingFabric: DriverErrorClass,
): readonly ErrorSample[] {
  const as = async (login: Login, ask: (network: NetworkSystem) => Promise<unknown>) => {
    const network = await connect(login);
    try {
      return await ask(network);
    } finally {
      await network.close();
    }
  };
  const identify = (network: NetworkSystem) => network.identify(callContext());
  return [
    { title: 'a wrong password', class: 'auth', run: () => as({ password: 'another' }, identify) },
    { title: 'a user who may only look', class: 'auth', run: () => as({ user: 'looker' }, (on) => added(on, fabric)) },
    {
      title: 'a virtual fabric that is not there',
      class: missingFabric,
      run: () => as({ virtualFabric: 77 }, identify),
    },
    {
      title: 'a switch that is busy',
      class: 'busy',
      run: async () => {
        simulator.faults.add({ fault: 'busy' });
        await as({}, (on) => added(on, fabric));
      },
    },
  ];
}

const isLogin = ({ text }: { readonly text: string }) => text === 'POST /rest/login';

async function openSwitch(where: Where): Promise<OpenNetwork> {
  const switched = await startSwitch(where, { databaseBytesMax: 64 * 1024 });
  const { simulator, connect, fabric, fid } = switched;
  const { scheme, virtualFabric } = where;
  const network = await connect();
  const others: FosSimulator[] = [];
  return {
    network,
    fabric,
    clock: systemClock,
    hand: handHooks(simulator, fid),
    faults: faultHooks(simulator),
    writes: simulator.writes,
    secondSession: () => connect(),
    otherDevice: async () => {
      const other = await startSwitch(where, { number: 7 });
      others.push(other.simulator);
      return other.connect();
    },
    transactionOwner: false,
    leaveTransaction: async (delta) => leaveTransaction(scheme, simulator, fid, delta),
    overflow: { zones: 20, members: 200 },
    secrets: [PASSWORD],
    errorSamples: () =>
      errorSamples(switched, scheme === 'https' && virtualFabric === undefined ? 'unsupported' : 'not-found'),
    expireSession: async () => simulator.faults.expireSessions(),
    logins: () => (scheme === 'ssh' ? simulator.logins() : simulator.commands().filter(isLogin).length),
    close: async () => {
      await network.close();
      for (const one of [simulator, ...others]) await one.close();
    },
  };
}

export const fosTarget = (where: Where): NetworkConformanceTarget => ({ manifest, open: () => openSwitch(where) });
