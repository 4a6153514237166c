/**
 * The driver on a simulated fabric of two switches, over real SSH: to each case a fabric of its own, and sessions to its
 * principal switch as the engine makes them.
 */
import type { DriverErrorClass, NetworkSystem } from 'coprhd/driver';
import type { MdsConfiguration } from '../../../drivers/cisco-mds/configuration.ts';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import { networkFaults, networkHand } from '../../../drivers/simulator/mds/hooks.ts';
import { type MdsSimulator, startMdsSimulator } from '../../../drivers/simulator/mds/simulator.ts';
import { makeHostKey } from '../../../drivers/simulator/mds/ssh/key.ts';
import { buildFabric, type FabricPlan } from '../../../drivers/simulator/mds/state/build.ts';
import { vsanWwn, type ZoneMode } from '../../../drivers/simulator/mds/state/types.ts';
import { OWNER } from '../../../src/engine/driver/conformance/network-fixture.ts';
import type { NetworkConformanceTarget, OpenNetwork } from '../../../src/engine/driver/conformance/network-target.ts';
import type { ErrorSample } from '../../../src/engine/driver/conformance/target.ts';
import { createSshSession } from '../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { callContext } from '../simulator/target.ts';

const USER = 'coprhd';
export const VSAN = 10;
const SEED = 'mds-1';
const PASSWORD = 'hunter2-secret';
const READER = { user: 'reader', role: 'network-operator', password: PASSWORD } as const;

const hostKey = makeHostKey();

export interface Simulated {
  readonly simulator: MdsSimulator;
  /** Native id of the fabric that is VSAN 10. */
  fabric(vsan?: number): string;
  /** A session of its own, to the principal switch unless said otherwise. */
  connect(options?: ConnectTo): Promise<NetworkSystem>;
  close(): Promise<void>;
}

export interface ConnectTo {
  readonly on?: string;
  readonly user?: string;
  readonly password?: string;
  readonly configuration?: Partial<MdsConfiguration>;
}

export async function startSimulated(plan: Partial<FabricPlan> = {}): Promise<Simulated> {
  const settings = { activationMs: 30, commitMs: 30, copyMs: 5, databaseBytesMax: 65_536, ...plan.settings };
  const state = buildFabric({ vsans: [{ id: VSAN }], hosts: 2, targets: 2, ...plan, settings });
  const accounts = [{ user: USER, role: 'network-admin', password: PASSWORD } as const, READER];
  const simulator = await startMdsSimulator({ state, clock: systemClock, accounts, hostKey });
  const opened: NetworkSystem[] = [];
  return {
    simulator,
    fabric: (vsan = VSAN) => `${vsanWwn(state.switches[0]!, vsan)}/${vsan}`,
    connect: async ({ on = SEED, user = USER, password = PASSWORD, configuration = {} } = {}) => {
      const { host, sshPort: port } = simulator.at(on);
      const login = { type: 'secret', secret: new Redacted(password) } as const;
      const session = createSshSession({
        ...{ name: on, hostKeys: [], clock: systemClock },
        hops: [{ user, host, port, login }],
      });
      const network = await manifest.connect({
        configuration: manifest.configuration.parse({ user: USER, ...configuration }),
        session,
      });
      opened.push(network);
      return network;
    },
    close: async () => {
      for (const network of opened) await network.close();
      await simulator.close();
    },
  };
}

/** What the switch itself says, from end to end. */
function samplesOf({ simulator, fabric, connect }: Simulated): ErrorSample[] {
  const ctx = () => callContext(systemClock);
  const sample = (
    title: string,
    wanted: DriverErrorClass,
    options: ConnectTo,
    run: (network: NetworkSystem) => Promise<unknown>,
  ): ErrorSample => ({
    ...{ title, class: wanted },
    run: async () => {
      const network = await connect(options);
      await run(network).finally(() => simulator.faults.clear());
    },
  });
  const apply = async (network: NetworkSystem) =>
    network.applyZoneDelta(ctx(), {
      ...{ fabric: fabric(), base: (await network.readZoning(ctx(), fabric())).fingerprint, owner: OWNER },
      ...{ configuration: 'samples', addAliases: [], removeAliases: [], change: [], remove: [] },
      add: [{ name: 'sample', members: [{ type: 'wwpn', wwpn: '10:00:00:00:c9:00:00:01' }] }],
      ...{ activate: true, activatePending: false },
    });
  const cut = { kind: 'cut-output', afterLines: 2, times: 2, command: '^show (version|wwn)' } as const;
  return [
    sample('a wrong password', 'auth', { password: 'another' }, (network) => network.identify(ctx())),
    sample('a user who may only look', 'auth', { user: READER.user }, apply),
    sample('a VSAN that is not there', 'not-found', {}, (network) =>
      network.readZoning(ctx(), fabric().replace(/\d+$/, '77')),
    ),
    sample('a lock that somebody holds', 'busy', {}, (network) => {
      simulator.faults.add({ kind: 'busy' });
      return apply(network);
    }),
    sample('an answer that is cut', 'ambiguous', {}, (network) => {
      simulator.faults.add(cut);
      return network.identify(ctx());
    }),
  ];
}

async function openNetwork(mode: ZoneMode): Promise<OpenNetwork> {
  const simulated = await startSimulated({ vsans: [{ id: VSAN, mode }], npivPerHost: 1 });
  const { simulator, connect, close, fabric } = simulated;
  const options = { vsan: VSAN, seed: SEED, aliases: 'fcalias' } as const;
  const { openTransaction, ...hand } = networkHand(simulator, options);
  const faults = networkFaults(simulator, options);
  return {
    ...{ network: await connect(), fabric: fabric(), clock: systemClock, close, faults },
    hand: {
      ...hand,
      // A session is its user's; who owns the delta is nobody whom the switch knows.
      ...(mode === 'enhanced'
        ? { openTransaction: (owner: string) => openTransaction(owner === OWNER ? USER : owner) }
        : {}),
    },
    writes: faults.asked,
    secondSession: () => connect(),
    otherDevice: () => connect({ on: 'mds-2' }),
    overflow: { zones: 40, members: 200 },
    secrets: [PASSWORD],
    errorSamples: () => samplesOf(simulated),
    expireSession: async () => simulator.faults.dropConnections(),
    logins: () => simulator.logins(),
  };
}

export const simulatedTarget = (mode: ZoneMode): NetworkConformanceTarget => ({
  manifest,
  open: () => openNetwork(mode),
});
