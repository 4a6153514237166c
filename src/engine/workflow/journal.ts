/**
 * The journal of one workflow: what each unit and each step has come to, in memory as it is in the store. Entries are
 * changed by adding `put` operations to a fenced transaction and calling `apply` when it went through.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Unit } from '../planner/plan.ts';
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

  constructor(workflow: string) {
    this.#workflow = workflow;
  }

  /**
   * `takenOverAtMs`: whoever wrote it has ended, at the latest then. A call that it left without an answer may take effect
   * until LIMITS.lateCallMs later; the time of its intent says little, for a step reads first, as long as that takes.
   */
  static async load(workflow: string, store: StateStore, takenOverAtMs?: number): Promise<Journal> {
    const journal = new Journal(workflow);
    for await (const { key, value } of rangeAll(store, keys.journalOf(workflow))) {
      if (key.endsWith(`/${UNIT_STATE}`)) journal.#units.set(key, JSON.parse(value) as UnitEntry);
      else {
        const entry = JSON.parse(value) as StepEntry;
        const called = entry.state === 'intent' || entry.state === 'undo-intent';
        if (called || entry.state === 'job') journal.#inherited.add(key);
        const late = called && takenOverAtMs !== undefined;
        journal.#steps.set(key, late ? { ...entry, quietAtMs: takenOverAtMs + LIMITS.lateCallMs } : entry);
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

  /** From when on no call of a dead process can take effect on what the unit is about; 0 when there is none. */
  quietAtMs(unit: Unit): number {
    return Math.max(0, ...unit.steps.map((step) => this.step(unit.id, step.id)?.quietAtMs ?? 0));
  }

  /**
   * The connection broke, or nobody answered: the call may still be on its way. Written with the step's next entry; should
   * this process die before, whoever takes over finds an open intent.
   */
  mayArriveLate(unit: string, step: string, nowMs: number): void {
    const key = keys.journal(this.#workflow, unit, step);
    const entry = this.#steps.get(key);
    if (entry) this.#steps.set(key, { ...entry, quietAtMs: nowMs + LIMITS.lateCallMs });
  }

  setUnit(unit: string, entry: UnitEntry): JournalChange {
    const key = keys.journal(this.#workflow, unit, UNIT_STATE);
    return {
      operation: { type: 'put', key, value: JSON.stringify(entry) },
      apply: () => this.#units.set(key, entry),
    };
  }

  /** A late call stays possible whatever the step comes to: quietAtMs is kept. */
  setStep(unit: string, step: string, wanted: StepEntry): JournalChange {
    const key = keys.journal(this.#workflow, unit, step);
    const quietAtMs = this.#steps.get(key)?.quietAtMs;
    const entry = quietAtMs === undefined ? wanted : { ...wanted, quietAtMs };
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
