/**
 * Serves fabrics of a simulated data centre as switches of vendors, over real SSH and HTTPS: what `coprhd sim serve` does.
 * Cables and logins are those of the data centre when it begins; zones are those of its fabrics at first, and what was
 * kept from then on. Throws DriverError: `not-found`, `invalid`, `busy`.
 */
import { DriverError } from 'coprhd/driver';
import { createSanTransport, personContext } from '../disk.ts';
import { type FosSimulator, startFosSimulator } from '../fos/simulator.ts';
import type { FosState } from '../fos/state/model.ts';
import { type MdsSimulator, startMdsSimulator } from '../mds/simulator.ts';
import { makeHostKey } from '../mds/ssh/key.ts';
import type { MdsState, ZoneMode } from '../mds/state/types.ts';
import { withNames } from '../near.ts';
import type { FabricFacts } from '../san/fabric-facts.ts';
import { brocadeState, withBrocadeZoning } from './brocade-state.ts';
import { ciscoState, withCiscoZoning } from './cisco-state.ts';
import { HOST_KEY, type Keeping, openKeeping } from './keeping.ts';

/** Of whoever serves: the driver has no time of its own. */
export interface ServingClock {
  nowMs(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  every(periodMs: number, fn: () => void): () => void;
}

export interface ServeInput {
  readonly directory: string;
  /** Names of fabrics. */
  readonly brocade: readonly string[];
  readonly cisco: readonly string[];
  /** By name of the fabric; any free port where nothing is said. */
  readonly sshPorts: Readonly<Record<string, number>>;
  readonly httpsPorts: Readonly<Record<string, number>>;
  readonly password: string;
  readonly vsan: number;
  readonly zoneMode: ZoneMode;
  readonly clock: ServingClock;
  /** PEM. */
  readonly tls: () => Promise<{ readonly cert: string; readonly key: string }>;
}

export interface ServedFabric {
  readonly fabric: string;
  readonly vendor: 'brocade' | 'cisco';
  /** Of the switch that coprhd is to use: the principal one. */
  readonly switch: string;
  readonly host: string;
  readonly sshPort: number;
  readonly httpsPort?: number;
  /** Of the SSH host key. */
  readonly fingerprint: string;
  readonly vsan?: number;
  /** Name of the configuration in effect. */
  readonly configuration?: string;
}

export interface Serving {
  readonly fabrics: readonly ServedFabric[];
  /** For coprhd, and for people: what they do is told apart by it. */
  readonly accounts: readonly string[];
  /** The simulators themselves, by fabric: for tests. */
  readonly brocade: ReadonlyMap<string, FosSimulator>;
  readonly cisco: ReadonlyMap<string, MdsSimulator>;
  /** Keeps everything, and ends all connections. */
  close(): Promise<void>;
}

const ACCOUNTS = ['coprhd', 'admin'] as const;
const HOST = '127.0.0.1';
const KEEP_EVERY_MS = 250;

async function factsOf(directory: string, fabric: string): Promise<FabricFacts> {
  const ctx = personContext();
  const request = { operation: 'fabricFacts', args: { fabric }, nowMs: ctx.nowMs() } as const;
  const answer = await createSanTransport(directory).call(request, ctx, 'transient');
  if (!answer.ok) throw new DriverError(answer.error);
  const facts = answer.value as FabricFacts;
  if (facts.switches.length > 0) return facts;
  throw new DriverError({
    class: 'not-found',
    message: `no switch of ${fabric} is up`,
    hint: 'coprhd sim fault switch-up',
  });
}

async function fabricNames(directory: string): Promise<string[]> {
  const ctx = personContext();
  const answer = await createSanTransport(directory).call(
    { operation: 'showSan', args: {}, nowMs: ctx.nowMs() },
    ctx,
    'transient',
  );
  if (!answer.ok) throw new DriverError(answer.error);
  return (answer.value as { fabrics: { name: string }[] }).fabrics.map(({ name }) => name);
}

/** Where nothing is said: the first is a Brocade, the second a Cisco fabric. */
async function chosen(input: ServeInput): Promise<Pick<ServeInput, 'brocade' | 'cisco'>> {
  const { directory, brocade, cisco } = input;
  const both = brocade.filter((name) => cisco.includes(name));
  if (both.length > 0) throw new DriverError({ class: 'invalid', message: `${both[0]} can't be of both vendors` });
  if (brocade.length + cisco.length > 0) return { brocade: [...new Set(brocade)], cisco: [...new Set(cisco)] };
  const [first, second] = await fabricNames(directory);
  if (first === undefined) {
    throw new DriverError({ class: 'not-found', message: `there is no fabric in ${directory}`, hint: 'coprhd sim up' });
  }
  return { brocade: [first], cisco: second === undefined ? [] : [second] };
}

interface Started {
  readonly served: ServedFabric;
  /** Writes what has changed. */
  keep(): void;
  close(): Promise<void>;
}

interface Starting {
  readonly input: ServeInput;
  readonly keeping: Keeping;
  readonly hostKey: string;
  readonly facts: FabricFacts;
}

const inUse = (error: unknown): never => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
  throw new DriverError({ class: 'busy', message, hint: 'choose another port, or leave it out: any free one' }, error);
};

async function startBrocade(
  { input, keeping, hostKey, facts }: Starting,
  simulators: Map<string, FosSimulator>,
): Promise<Started> {
  const { name } = facts;
  const accounts = ACCOUNTS.map((user) => ({ user, password: input.password, role: 'admin' as const }));
  const fresh = brocadeState(facts, accounts);
  const kept = keeping.read(`${name}.brocade`) as FosState | undefined;
  const state = kept ? withBrocadeZoning(fresh, kept) : fresh;
  const { sshPorts, httpsPorts } = input;
  const ports = { sshPort: sshPorts[name] ?? 0, httpsPort: httpsPorts[name] ?? 0 };
  const simulator = await startFosSimulator({ state, host: HOST, ...ports, hostKey, tls: await input.tls() }).catch(
    inUse,
  );
  simulators.set(name, simulator);
  const { sshPort, httpsPort, fingerprint } = simulator;
  const configuration = state.fabrics[0]!.effective?.cfg;
  let last: FosState | undefined;
  return {
    served: {
      ...{ fabric: name, vendor: 'brocade', switch: facts.switches[0]!.name, host: HOST, sshPort, fingerprint },
      ...(httpsPort === undefined ? {} : { httpsPort }),
      ...(configuration === undefined ? {} : { configuration }),
    },
    keep: () => {
      if (simulator.state() === last) return;
      last = simulator.state();
      keeping.write(`${name}.brocade`, last);
    },
    close: () => simulator.close(),
  };
}

async function startCisco(
  { input, keeping, hostKey, facts }: Starting,
  simulators: Map<string, MdsSimulator>,
): Promise<Started> {
  const { name } = facts;
  const { vsan, zoneMode: mode, clock, password, sshPorts } = input;
  const fresh = ciscoState(facts, { vsan, mode });
  const kept = keeping.read(`${name}.cisco`) as MdsState | undefined;
  const state = kept ? withCiscoZoning(fresh, kept) : fresh;
  const accounts = ACCOUNTS.map((user) => ({ user, password, role: 'network-admin' as const }));
  const principal = facts.switches[0]!.name;
  const ports = { [principal]: sshPorts[name] ?? 0 };
  const simulator = await startMdsSimulator({ state, clock, accounts, ports, hostKey }).catch(inUse);
  simulators.set(name, simulator);
  const configuration = state.vsans.find(({ id }) => id === vsan)?.active?.name;
  return {
    served: {
      ...{ fabric: name, vendor: 'cisco', switch: principal, host: HOST, sshPort: simulator.sshPort, vsan },
      fingerprint: simulator.hostKey.fingerprint,
      ...(configuration === undefined ? {} : { configuration }),
    },
    keep: () => keeping.write(`${name}.cisco`, simulator.dump()),
    close: () => simulator.close(),
  };
}

function hostKeyOf(keeping: Keeping): string {
  const kept = keeping.read(HOST_KEY) as string | undefined;
  if (kept !== undefined) return kept;
  const made = makeHostKey();
  keeping.write(HOST_KEY, made);
  return made;
}

export async function serveFabrics(input: ServeInput): Promise<Serving> {
  const { directory, clock } = input;
  const { brocade, cisco } = await chosen(input);
  const all = await withNames(
    [...brocade, ...cisco],
    () => fabricNames(directory),
    () => Promise.all([...brocade, ...cisco].map((fabric) => factsOf(directory, fabric))),
  );
  const keeping = openKeeping(directory);
  const started: Started[] = [];
  const keep = () => {
    for (const one of started) one.keep();
  };
  const closeAll = async () => {
    try {
      await Promise.all(started.map((one) => one.close()));
      keep();
    } finally {
      keeping.close();
    }
  };
  const [brocades, ciscos] = [new Map<string, FosSimulator>(), new Map<string, MdsSimulator>()];
  try {
    const hostKey = hostKeyOf(keeping);
    for (const facts of all) {
      const starting = { input, keeping, hostKey, facts };
      const isBrocade = brocade.includes(facts.name);
      started.push(await (isBrocade ? startBrocade(starting, brocades) : startCisco(starting, ciscos)));
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  keep();
  const stop = clock.every(KEEP_EVERY_MS, keep);
  return {
    fabrics: started.map(({ served }) => served),
    accounts: ACCOUNTS,
    brocade: brocades,
    cisco: ciscos,
    close: async () => {
      stop();
      await closeAll();
    },
  };
}
