/** `sim`: the simulator driver's own verbs, and serving its fabrics as switches. */
import { systemClock } from '../../lib/clock.ts';
import { fail } from '../../lib/diagnostic.ts';
import { DriverError } from '../driver/errors.ts';
import { loadManagement, loadServing } from './drivers.ts';
import type { InputOf, ResultOf } from './types.ts';

const VERBS = {
  up: 'simUp',
  fault: 'simFault',
  break: 'simBreak',
  edit: 'simEdit',
  reset: 'simReset',
  show: 'simLook',
} as const;

export async function sim(input: InputOf<'sim'>): Promise<ResultOf<'sim'>> {
  const management = await loadManagement('simulator');
  const output = await forPeople(async () => management[VERBS[input.verb]]!(input.arguments));
  return { outcome: 'ok', diagnostics: [], output };
}

/** What the simulator refuses, as a diagnostic. */
async function forPeople<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return fail(error.class === 'invalid' ? 'usage' : 'error', {
      code: 'COPRHD-DEVICE-002',
      summary: error.message,
      fix: error.hint ?? 'coprhd sim --help',
    });
  }
}

export interface ServeFabrics {
  readonly directory: string;
  /** Names of fabrics; both empty = the first, and the second. */
  readonly brocade: readonly string[];
  readonly cisco: readonly string[];
  /** By name of the fabric; any free port where nothing is said. */
  readonly sshPorts: Readonly<Record<string, number>>;
  readonly httpsPorts: Readonly<Record<string, number>>;
  readonly password: string;
  readonly vsan: number;
  readonly zoneMode: 'basic' | 'enhanced';
}

export interface ServedFabric {
  readonly fabric: string;
  readonly vendor: 'brocade' | 'cisco';
  readonly switch: string;
  readonly host: string;
  readonly sshPort: number;
  readonly httpsPort?: number;
  /** Of the SSH host key. */
  readonly fingerprint: string;
  readonly vsan?: number;
  /** What is in effect. */
  readonly configuration?: string;
}

export interface ServedFabrics {
  readonly fabrics: readonly ServedFabric[];
  readonly accounts: readonly string[];
  close(): Promise<void>;
}

type KeyPair = () => Promise<{ readonly key: string; readonly cert: string }>;

/** Switches of vendors in front of simulated fabrics, until `close`. No operation: nobody asks for it but at the machine itself. */
export async function serveFabrics(options: ServeFabrics, tls: KeyPair): Promise<ServedFabrics> {
  const { serveFabrics: serve } = await loadServing('simulator');
  return forPeople(async () => (await serve!({ ...options, clock: systemClock, tls })) as ServedFabrics);
}
