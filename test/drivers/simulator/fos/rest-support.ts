/** Simulated switches with REST for a test file, and the URLs and bodies that it needs. */
import { afterEach, beforeAll } from 'vitest';
import { type FosSimulator, startFosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import type { FosState } from '../../../../drivers/simulator/fos/state/model.ts';
import { zonedState } from './estate.ts';
import { logIn, makeTls, type TestRest, type TestTls } from './support.ts';

export interface Begun {
  readonly switched: FosSimulator;
  readonly rest: TestRest;
  readonly tls: TestTls;
}

export interface Rest {
  /** Started and closed with the test. */
  start(state: FosState): Promise<{ readonly switched: FosSimulator; readonly tls: TestTls }>;
  /** Logged in too. */
  begin(state?: FosState): Promise<Begun>;
}

export function useRest(): Rest {
  const open: FosSimulator[] = [];
  let tls: TestTls;
  beforeAll(() => {
    tls = makeTls();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const start = async (state: FosState) => {
    const switched = await startFosSimulator({ state, tls });
    open.push(switched);
    return { switched, tls };
  };
  const begin = async (state = zonedState()) => {
    const { switched } = await start(state);
    return { switched, tls, rest: await logIn(switched, tls) };
  };
  return { start, begin };
}

export const ZONES = '/rest/running/brocade-zone';
export const zoneUrl = (name: string) => `${ZONES}/defined-configuration/zone/zone-name/${name}`;
export const members = (...names: readonly string[]) => ({ 'member-entry': { 'entry-name': names } });

export async function checksum(rest: TestRest): Promise<string> {
  const { json } = await rest.ask('GET', `${ZONES}/effective-configuration/checksum`);
  return (json as { Response: { 'effective-configuration': { checksum: string } } }).Response['effective-configuration']
    .checksum;
}

export const errors = (json: unknown) => (json as { errors: { error: unknown } }).errors.error;
