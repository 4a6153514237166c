/**
 * A simulated Brocade switch that is really there: an SSH server with the command line of Fabric OS and, with a certificate,
 * an HTTPS server with its REST interface, both on one state. `hand` does what a colleague does at another session, `faults`
 * what goes wrong.
 */
import { continueLine, startLine } from './cli/run.ts';
import type { FosFault } from './faults.ts';
import {
  aliasSet,
  defaultZoneSet,
  loggedOutPort,
  type TransactionByHand,
  transactionOpened,
  transactionsEnded,
  type ZoneByHand,
  zoneChanged,
  zoneCreated,
  zoneDeleted,
} from './hand.ts';
import { createMachine, type LoggedCommand } from './machine.ts';
import { startHttpServer } from './serve/http.ts';
import { startSshServer } from './serve/ssh.ts';
import { createServerClock } from './serve/time.ts';
import { stateOf } from './state/build.ts';
import { atLeast } from './state/firmware.ts';
import { type DefaultZone, type FosState, needFabric, withFabric } from './state/model.ts';
import { sessionEnded } from './state/transaction.ts';

export interface FosSimulatorOptions {
  /** Default: one fabric of two switches, two hosts and two storage ports, `admin` with password `password`. */
  readonly state?: FosState;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 = any that is free. */
  readonly sshPort?: number;
  readonly httpsPort?: number;
  /** PEM. Without it there is no HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Plain HTTP too. */
  readonly httpPort?: number;
  /** Private key. Made where there is none. */
  readonly hostKey?: string;
}

/**
 * What a colleague does at another switch, saved and not enabled unless `enable`: it discards the transaction that is open
 * here. On the default FID unless `fid`. Throws FosRefusal.
 */
export interface FosHand {
  /** A line that somebody else types at this switch, with the answers to its questions. Gives what it prints. */
  type(
    line: string,
    options?: { readonly user?: string; readonly replies?: readonly string[]; readonly fid?: number },
  ): string;
  createZone(zone: ZoneByHand, fid?: number): void;
  changeZone(name: string, members: readonly string[], enable: boolean, fid?: number): void;
  deleteZone(name: string, enable: boolean, fid?: number): void;
  createAlias(name: string, members: readonly string[], fid?: number): void;
  changeAlias(name: string, members: readonly string[], fid?: number): void;
  /** Leaves a transaction open. */
  openTransaction(transaction: TransactionByHand, fid?: number): void;
  endTransactions(fid?: number): void;
  defaultZone(mode: DefaultZone, fid?: number): void;
  /** The device with this WWPN leaves the fabric. */
  logout(wwpn: string, fid?: number): void;
  /** The switch runs this version from now on. Throws for what is no version. */
  firmware(version: string): void;
  /** Zone databases are limited to this many bytes. */
  databaseBytesMax(bytes: number, fid?: number): void;
}

export interface FosFaults {
  add(fault: FosFault): void;
  clear(): void;
  /** Ends every SSH connection and every REST session. */
  expireSessions(): void;
}

export interface FosSimulator {
  readonly host: string;
  readonly sshPort: number;
  readonly httpsPort?: number;
  readonly httpPort?: number;
  /** Of the SSH host key: `SHA256:...`. */
  readonly fingerprint: string;
  readonly hand: FosHand;
  readonly faults: FosFaults;
  /** What was asked of it, the oldest first. */
  commands(): readonly LoggedCommand[];
  /** How many of them were meant to change zoning. */
  asked(): number;
  /** Commits that the fabrics took. */
  writes(): number;
  /** Logins over SSH. */
  logins(): number;
  state(): FosState;
  /** The state as JSON. */
  dump(): string;
  close(): Promise<void>;
}

const plain = (_key: string, value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1))) : value;

export async function startFosSimulator(options: FosSimulatorOptions = {}): Promise<FosSimulator> {
  const { host = '127.0.0.1', sshPort = 0, httpsPort = 0, httpPort, tls, hostKey } = options;
  const machine = createMachine(options.state ?? stateOf());
  const clock = createServerClock();
  const ssh = await startSshServer(machine, clock, { host, port: sshPort, ...(hostKey ? { hostKey } : {}) });
  const https = tls ? await startHttpServer(machine, clock, { host, port: httpsPort, tls }) : undefined;
  const http = httpPort === undefined ? undefined : await startHttpServer(machine, clock, { host, port: httpPort });

  const who = (fid = machine.state().defaultFid) => ({ fid, nowMs: clock.nowMs() });
  const hand: FosHand = {
    type: (line, { user = 'colleague', replies = [], fid } = {}) => {
      const actor = { session: `hand:${user}`, user, via: 'cli', ...who(fid) } as const;
      let progress = startLine(machine.state(), line, { actor, role: 'admin' });
      for (const reply of replies) {
        if (!progress.waiting) break;
        progress = continueLine(progress.state, progress.waiting.rest, reply, { actor, role: 'admin' });
      }
      machine.edit(() => progress.state);
      return progress.output;
    },
    createZone: (zone, fid) => machine.edit((state) => zoneCreated(state, who(fid), zone)),
    changeZone: (name, members, enable, fid) =>
      machine.edit((state) => zoneChanged(state, who(fid), name, members, enable)),
    deleteZone: (name, enable, fid) => machine.edit((state) => zoneDeleted(state, who(fid), name, enable)),
    createAlias: (name, members, fid) => machine.edit((state) => aliasSet(state, who(fid), name, members, true)),
    changeAlias: (name, members, fid) => machine.edit((state) => aliasSet(state, who(fid), name, members, false)),
    openTransaction: (transaction, fid) => machine.edit((state) => transactionOpened(state, who(fid), transaction)),
    endTransactions: (fid) => machine.edit((state) => transactionsEnded(state, who(fid))),
    defaultZone: (mode, fid) => machine.edit((state) => defaultZoneSet(state, who(fid), mode)),
    logout: (wwpn, fid) => machine.edit((state) => loggedOutPort(state, who(fid), wwpn)),
    firmware: (version) =>
      machine.edit((state) => {
        atLeast(version, '7.0.0');
        return { ...state, firmware: version };
      }),
    databaseBytesMax: (bytes, fid) =>
      machine.edit((state) => {
        const fabric = needFabric(state, who(fid).fid);
        return withFabric(state, { ...fabric, limits: { ...fabric.limits, databaseBytesMax: bytes } });
      }),
  };
  return {
    host,
    sshPort: ssh.port,
    ...(https ? { httpsPort: https.port } : {}),
    ...(http ? { httpPort: http.port } : {}),
    fingerprint: ssh.fingerprint,
    hand,
    faults: {
      add: machine.addFault,
      clear: machine.clearFaults,
      expireSessions: () => {
        machine.edit((state) => {
          const tokens = state.restSessions.map(({ token }) => token);
          return tokens.reduce(sessionEnded, { ...state, restSessions: [] });
        });
        ssh.drop();
      },
    },
    commands: machine.log,
    asked: () => machine.log().filter(({ write }) => write).length,
    writes: () => machine.state().commits,
    logins: ssh.logins,
    state: machine.state,
    dump: () => JSON.stringify(machine.state(), plain, 2),
    close: async () => {
      clock.close();
      await Promise.all([ssh.close(), https?.close(), http?.close()]);
    },
  };
}
