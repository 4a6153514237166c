/**
 * The journal of one workflow: what each unit and each step has come to, in memory as it is in the store. Entries are
 * changed by adding `put` operations to a fenced transaction and calling `apply` when it went through.
 */
import { keys } from '../state/keys.ts';
import { type Operation, rangeAll, type StateStore } from '../state/store.ts';
import type { StepEntry, UnitEntry } from './types.ts';

/** `~` sorts after every step id. */
export const UNIT_STATE = '~state';

/** Has it come to an end that nothing will change any more? */
export function isEnded(entry: UnitEntry | undefined): boolean {
  return entry?.state === 'done' || entry?.state === 'undone' || entry?.state === 'skipped';
}

export interface JournalChange {
  readonly operation: Operation;
  apply(): void;
}

export class Journal {
  readonly #workflow: string;
  readonly #units = new Map<string, UnitEntry>();
  readonly #steps = new Map<string, StepEntry>();
  /** Keys of steps that an earlier incarnation left open; each is probed before anything is done about it. */
  readonly #inherited = new Set<string>();
  /** When an earlier incarnation wrote the intents that it left without an outcome. */
  readonly #leftOpen = new Map<string, number>();

  constructor(workflow: string) {
    this.#workflow = workflow;
  }

  static async load(workflow: string, store: StateStore): Promise<Journal> {
    const journal = new Journal(workflow);
    for await (const { key, value } of rangeAll(store, keys.journalOf(workflow))) {
      if (key.endsWith(`/${UNIT_STATE}`)) journal.#units.set(key, JSON.parse(value) as UnitEntry);
      else {
        const entry = JSON.parse(value) as StepEntry;
        journal.#steps.set(key, entry);
        if (entry.state === 'intent' || entry.state === 'job' || entry.state === 'undo-intent') {
          journal.#inherited.add(key);
          if (entry.state !== 'job') journal.#leftOpen.set(key, entry.atMs);
        }
      }
    }
    return journal;
  }

  unit(unit: string): UnitEntry | undefined {
    return this.#units.get(keys.journal(this.#workflow, unit, UNIT_STATE));
  }

  step(unit: string, step: string): StepEntry | undefined {
    return this.#steps.get(keys.journal(this.#workflow, unit, step));
  }

  /** True once for a step that an earlier incarnation left open. */
  takeInherited(unit: string, step: string): boolean {
    return this.#inherited.delete(keys.journal(this.#workflow, unit, step));
  }

  /** When a call began that nobody saw the end of; 0 when there is none. Milliseconds. */
  leftOpenAtMs(unit: string, step: string): number {
    return this.#leftOpen.get(keys.journal(this.#workflow, unit, step)) ?? 0;
  }

  setUnit(unit: string, entry: UnitEntry): JournalChange {
    const key = keys.journal(this.#workflow, unit, UNIT_STATE);
    return {
      operation: { type: 'put', key, value: JSON.stringify(entry) },
      apply: () => this.#units.set(key, entry),
    };
  }

  setStep(unit: string, step: string, entry: StepEntry): JournalChange {
    const key = keys.journal(this.#workflow, unit, step);
    return {
      operation: { type: 'put', key, value: JSON.stringify(entry) },
      apply: () => this.#steps.set(key, entry),
    };
  }

  /** Everything, for the log. */
  entries(): { readonly key: string; readonly entry: UnitEntry | StepEntry }[] {
    return [...this.#steps, ...this.#units].map(([key, entry]) => ({ key, entry }));
  }
}
