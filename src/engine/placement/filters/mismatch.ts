/** A fact that is either as asked for or not: as far from passing as can be. */
import type { Miss } from '../filter.ts';

export function mismatch(fact: string, needed: string, had: string): Miss {
  return { fact, needed, had, shortfall: 1 };
}

/** `ssd, nvme`; what the device doesn't say is told so. */
export function listed(values: readonly string[] | undefined): string {
  return values === undefined ? 'not reported' : values.join(', ') || 'none';
}
