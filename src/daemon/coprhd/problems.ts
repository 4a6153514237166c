/** What an operation complains about, in CoprHD's codes. The sentence and what to do about it stay ours. */
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import { errorBody, Refusal, type RefusalName } from '../refusal.ts';

const CODES: readonly (readonly [RegExp, RefusalName])[] = [
  [/^COPRHD-PLACE-/, 'placement'],
  [/^COPRHD-ACCESS-/, 'forbidden'],
  [/^COPRHD-STATE-010$/, 'precondition'],
  [/^COPRHD-QUOTA-/, 'quota'],
  [/^COPRHD-STATE-006$/, 'exists'],
  [/^COPRHD-STATE-005$/, 'notInBody'],
  [/^COPRHD-HELD-004$/, 'referenced'],
  [/^COPRHD-HELD-/, 'cannotDelete'],
  [/^COPRHD-CONFIG-/, 'invalid'],
  [/^COPRHD-ZONE-005$/, 'invalid'],
];

/** Of what a device or the engine has not been able to do; room and quotas have their own. */
const UNSPECIFIC = 12_000;
const INGESTION = 64_000;

export function serviceCode(code: string): number {
  const [, kind] = CODES.find(([pattern]) => pattern.test(code)) ?? [];
  if (code.startsWith('COPRHD-IMPORT-')) return INGESTION;
  return kind === 'placement' || kind === 'quota' ? errorBody(kind, '').code : UNSPECIFIC;
}

export function refusalFor(diagnostics: readonly Diagnostic[]): Refusal {
  const worst = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  if (!worst) return new Refusal('badRequest', 'the request can not be carried out');
  const [, kind] = CODES.find(([pattern]) => pattern.test(worst.code)) ?? [undefined, 'badRequest' as const];
  const { summary, detail, fix } = worst;
  return new Refusal(kind, [summary, detail, fix].filter((part) => part !== undefined).join('; '));
}

/** Errors of operations as refusals; all others as they are. */
export async function problemOf<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OperationError) throw refusalFor(error.diagnostics);
    throw error;
  }
}
