/**
 * What somebody has said of a unit whose device could not be asked, kept in the journal beside its steps
 * (`wj/{workflow}/{unit}/~said`): it goes to the log with them, so that nobody has to guess later who it was.
 */
import type { Actor } from '../model/record.ts';
import { keys } from '../state/keys.ts';
import type { StateStore } from '../state/store.ts';
import type { Attestation } from './attest.ts';

export const SAID = '~said';

export interface SaidEntry {
  readonly as: Attestation;
  readonly by: Actor;
  readonly atMs: number;
  /** Absent until the device was asked: did it not answer, so that the word counted? */
  readonly counted?: boolean;
}

/** False when the workflow has ended: its journal is in the log then. */
export async function noteAttestation(
  store: StateStore,
  workflow: string,
  unit: string,
  said: SaidEntry,
): Promise<boolean> {
  const { succeeded } = await store.txn({
    compare: [{ key: keys.workflow(workflow), exists: true }],
    success: [{ type: 'put', key: keys.journal(workflow, unit, SAID), value: JSON.stringify(said) }],
  });
  return succeeded;
}
