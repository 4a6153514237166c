/**
 * A fabric of simulated Cisco MDS switches on this machine: each switch has an SSH server of its own on 127.0.0.1 that
 * speaks the command line of NX-OS, and all share one fabric. For tests and trials of what talks to real switches. What
 * it knows is from public documentation and recorded outputs; see ../README.md for what it can't prove.
 */
import type { LogEntry, Machine } from './cli/run.ts';
import { makeHostKey, type PublicHostKey, publicHostKey } from './ssh/key.ts';
import type { Account } from './ssh/login.ts';
import { type Clock, listen, type MdsServer } from './ssh/server.ts';
import type { Fault } from './state/faults.ts';
import {
  changeZoneByHand,
  closeSessionByHand,
  createZoneByHand,
  defaultZoneByHand,
  deleteZoneByHand,
  enableByHand,
  openSessionByHand,
  type Place,
  setDeviceAliasByHand,
  setFcaliasByHand,
  setOnline,
  type ZoneByHand,
} from './state/hand.ts';
import { settle } from './state/operations.ts';
import { type DefaultZone, type MdsState, type Member, switchOf } from './state/types.ts';

export interface MdsSimulatorOptions {
  /** As `buildFabric` makes it, or any other. It is changed in place. */
  readonly state: MdsState;
  readonly clock: Clock;
  readonly accounts: readonly Account[];
  /** By name of the switch; 0 or left out = any free port. */
  readonly ports?: Readonly<Record<string, number>>;
  /** PEM, for all switches. Made when left out. */
  readonly hostKey?: string;
}

export interface SimulatedSwitch {
  readonly name: string;
  readonly host: string;
  readonly sshPort: number;
  readonly hostKey: PublicHostKey;
}

/** What a colleague does at another session, at once, whoever holds a lock. `enable`: put into effect too. */
export interface Hand {
  createZone(place: Place, zone: ZoneByHand, enable?: boolean): void;
  changeZone(place: Place, name: string, members: readonly Member[], enable?: boolean): void;
  deleteZone(place: Place, name: string, enable?: boolean): void;
  /** Makes it or changes it. */
  setFcalias(place: Place, name: string, members: readonly Member[]): void;
  setDeviceAlias(name: string, wwn: string): void;
  /** Left open in enhanced mode, with nothing in it. RangeError where one is open, and in basic mode. */
  openSession(place: Place, user: string): void;
  /** Whoever has it. */
  closeSession(vsan: number): void;
  defaultZone(vsan: number, access: DefaultZone): void;
  enable(place: Place, zoneset: string): void;
  logout(wwpn: string): void;
  login(wwpn: string): void;
  /** A copy to the startup configuration is under way on this switch, begun elsewhere. */
  copyElsewhere(on: string, durationMs: number): void;
}

/** Commands that are remembered. */
const LOG_MAX = 20_000;

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /** Cuts all connections now. */
  dropConnections(): void;
}

/** Host, port and key are those of the principal switch. */
export interface MdsSimulator extends Omit<SimulatedSwitch, 'name'> {
  /** In the order of the state; the first is the principal switch. */
  readonly switches: readonly SimulatedSwitch[];
  /** Throws RangeError when there is none of this name. */
  at(name: string): SimulatedSwitch;
  readonly hand: Hand;
  readonly faults: Faults;
  /** The last 20,000 commands that were run, in order. */
  commands(): readonly LogEntry[];
  /** How often somebody logged in, on all switches. */
  logins(): number;
  /** A copy of everything, as it is now. */
  dump(): MdsState;
  /** Ends all connections. Throws what went wrong within the simulator, if anything did. */
  close(): Promise<void>;
}

function handOf(state: MdsState, nowMs: () => number): Hand {
  const perhaps = (place: Place, enable: boolean | undefined, zoneset?: string) => {
    if (enable) enableByHand(state, place, nowMs(), zoneset);
  };
  return {
    createZone: (place, zone, enable) => {
      createZoneByHand(state, place, zone);
      perhaps(place, enable, zone.zoneset);
    },
    changeZone: (place, name, members, enable) => {
      changeZoneByHand(state, place, name, members);
      perhaps(place, enable);
    },
    deleteZone: (place, name, enable) => {
      deleteZoneByHand(state, place, name);
      perhaps(place, enable);
    },
    setFcalias: (place, name, members) => setFcaliasByHand(state, place, name, members),
    setDeviceAlias: (name, wwn) => setDeviceAliasByHand(state, name, wwn),
    openSession: (place, user) => openSessionByHand(state, place, user),
    closeSession: (vsan) => closeSessionByHand(state, vsan),
    defaultZone: (vsan, access) => defaultZoneByHand(state, vsan, access),
    enable: (place, zoneset) => enableByHand(state, place, nowMs(), zoneset),
    logout: (wwpn) => setOnline(state, wwpn, false),
    login: (wwpn) => setOnline(state, wwpn, true),
    copyElsewhere: (on, durationMs) => {
      switchOf(state, on).copyingUntilMs = nowMs() + durationMs;
    },
  };
}

const faultsOf = ({ faults }: MdsState, servers: readonly MdsServer[]): Faults => ({
  // A copy: what strikes is counted in it.
  add: (fault) => void faults.push({ ...fault }),
  clear: () => void faults.splice(0),
  list: () => structuredClone(faults),
  dropConnections: () => {
    for (const server of servers) server.dropAll();
  },
});

export async function startMdsSimulator(options: MdsSimulatorOptions): Promise<MdsSimulator> {
  const { state, clock, accounts, ports = {}, hostKey = makeHostKey() } = options;
  const log: LogEntry[] = [];
  const bugs: unknown[] = [];
  const remember = (entry: LogEntry) => {
    log.push(entry);
    if (log.length > LOG_MAX) log.shift();
  };
  const machine: Machine = { state, log: remember };
  const shown = publicHostKey(hostKey);
  const servers: MdsServer[] = [];
  const closeAll = async () => void (await Promise.all(servers.map((server) => server.close())));
  try {
    for (const { name } of state.switches) {
      const port = ports[name] ?? 0;
      servers.push(
        await listen({ machine, switch: name, clock, accounts, hostKey, port, onBug: (bug) => void bugs.push(bug) }),
      );
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  const switches = state.switches.map(
    ({ name }, index): SimulatedSwitch => ({ name, host: '127.0.0.1', sshPort: servers[index]!.port, hostKey: shown }),
  );
  const hand = handOf(state, clock.nowMs);
  const { host, sshPort, hostKey: shownKey } = switches[0]!;
  return {
    host,
    sshPort,
    hostKey: shownKey,
    switches,
    at: (name) => {
      const found = switches.find((one) => one.name === name);
      if (!found) throw new RangeError(`there is no switch ${name}`);
      return found;
    },
    get hand() {
      settle(state, clock.nowMs());
      return hand;
    },
    faults: faultsOf(state, servers),
    commands: () => log,
    logins: () => servers.reduce((sum, server) => sum + server.logins(), 0),
    dump: () => {
      settle(state, clock.nowMs());
      return structuredClone(state);
    },
    close: async () => {
      await closeAll();
      if (bugs.length > 0) throw new AggregateError(bugs, 'bugs of the simulator');
    },
  };
}
