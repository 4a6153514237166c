/**
 * Collecting complaints about plan files, so that a person gets all of them at once. Everything in config/ that can find
 * something wrong is given a Complaints and goes on; nothing throws.
 */
import type { Diagnostic, SourceSpan } from '../../lib/diagnostic.ts';
import { sortDiagnostics } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';

export type Path = readonly (string | number)[];
export type Complaint = Omit<Diagnostic, 'severity'>;

export interface Complaints {
  add(complaint: Complaint): void;
  readonly count: number;
  /** Sorted, the same complaint at the same place once. */
  list(): Diagnostic[];
}

export function createComplaints(): Complaints {
  const all: Diagnostic[] = [];
  const seen = new Set<string>();
  return {
    add: (complaint) => {
      const { span } = complaint;
      const key = JSON.stringify([complaint.code, complaint.summary, span?.file, span?.line, span?.column]);
      if (seen.has(key)) return;
      seen.add(key);
      all.push({ severity: 'error', ...complaint });
    },
    get count() {
      return all.length;
    },
    list: () => sortDiagnostics(all),
  };
}

const LISTED_MAX = 12;

/** `a, b, c`, or the first few and how many more. */
export function listed(names: readonly string[]): string {
  if (names.length <= LISTED_MAX) return names.join(', ');
  return `${names.slice(0, LISTED_MAX).join(', ')} and ${names.length - LISTED_MAX} more`;
}

/** The way out for a name that isn't one of the allowed: the nearest if there is one. */
export function didYouMean(name: string, allowed: readonly string[]): string | undefined {
  const near = nearest(name, allowed);
  return near === undefined ? undefined : `Did you mean "${near}"?`;
}

/** `plans/a.yaml:3:5`. */
export function at(span: SourceSpan): string {
  return `${span.file}:${span.line}:${span.column}`;
}

/** A value as it may be shown: short, on one line. Never give it a credential. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const line = JSON.stringify(value);
    return line.length > 60 ? `${line.slice(0, 57)}..."` : line;
  }
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : String(value);
}

/** With an optional field left out rather than undefined, as exactOptionalPropertyTypes wants it. */
export function withFix(fix: string | undefined): { fix?: string } {
  return fix === undefined ? {} : { fix };
}
