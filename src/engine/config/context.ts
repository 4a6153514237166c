/** What the parts of one `loadPlan` share: complaints, variables, and the names of what was declared but not understood. */
import { foldName } from '../model/address.ts';
import type { KindName } from '../model/kinds.ts';
import type { Complaints } from './complaints.ts';
import type { NotUnderstood } from './desired.ts';
import type { Finding } from './issues.ts';
import type { SourceDocument } from './text.ts';
import type { Variables } from './variables.ts';

export interface Context {
  readonly complaints: Complaints;
  readonly variables: Variables;
  readonly notUnderstood: { names: Set<string>; kinds: Set<KindName>; everything: boolean };
}

export function nameKey(kind: KindName, name: string): string {
  return `${kind}.${foldName(name)}`;
}

export function isNotUnderstood(gaps: NotUnderstood | undefined, kind: KindName, name: string): boolean {
  return gaps !== undefined && (gaps.everything || gaps.kinds.has(kind) || gaps.names.has(nameKey(kind, name)));
}

/** Reports what was found in the part of a document that stands at `root`. */
export function report(
  findings: readonly Finding[],
  document: SourceDocument,
  root: readonly (string | number)[],
  { complaints }: Context,
  address?: string,
): void {
  for (const { path, on, complaint } of findings) {
    const whole = [...root, ...path];
    const span = on === 'key' ? document.keySpan(whole) : document.valueSpan(whole);
    complaints.add({ ...complaint, span, ...(address === undefined ? {} : { address }) });
  }
}
