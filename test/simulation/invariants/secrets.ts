/** Secrets never leave Redacted: one is planted, and nothing that is stored, logged or said may hold it. */
import type { Txn } from '../../../src/engine/state/store.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Monitor } from './monitor.ts';

export const PLANTED_SECRET = 'correct-horse-battery-staple';

export function checkNoSecret({ world }: Monitor, process: Incarnation, { success }: Txn): void {
  for (const operation of success) {
    if (operation.type === 'put' && operation.value.includes(PLANTED_SECRET)) {
      world.violate('secrets-stay-redacted', `${process.name} stored the secret under ${operation.key}`);
    }
  }
}

export function checkSaidNoSecret({ world }: Monitor, who: string, said: unknown): void {
  if (JSON.stringify(said)?.includes(PLANTED_SECRET)) world.violate('secrets-stay-redacted', `${who} said the secret`);
}
