/** `sim`: the simulator driver's own verbs. */
import { fail } from '../../lib/diagnostic.ts';
import { DriverError } from '../driver/errors.ts';
import { loadManagement } from './drivers.ts';
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
  try {
    const output = await management[VERBS[input.verb]]!(input.arguments);
    return { outcome: 'ok', diagnostics: [], output };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return fail(error.class === 'invalid' ? 'usage' : 'error', {
      code: 'COPRHD-DEVICE-002',
      summary: error.message,
      fix: error.hint ?? 'coprhd sim --help',
    });
  }
}
