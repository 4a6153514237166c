/** Short answers of the command line: cfgtransshow, defzone --show, cfgsize, version. */
import type { Transaction } from '../../model/zoning.ts';
import { Surprise } from '../../surprise.ts';
import { filledLines } from './lines.ts';

const NO_TRANSACTION = /^There is no outstanding zoning transactions?\b/i;
const TOKEN = /^Current transaction token is (0x[0-9a-f]+|\d+)$/i;
const ABORTABLE = /^It is (not )?abortable$/i;

/** `cfgtransshow`. Undefined = none is open. */
export function parseTransaction(text: string): Transaction | undefined {
  const [first, second, ...more] = filledLines(text).map((line) => line.trim());
  if (first === undefined || more.length > 0) throw new Surprise('cfgtransshow', text, more[0]);
  if (NO_TRANSACTION.test(first) && second === undefined) return undefined;
  const [, token] = TOKEN.exec(first) ?? [];
  const abortable = ABORTABLE.exec(second ?? '');
  if (token === undefined || abortable === null) throw new Surprise('cfgtransshow', text, second ?? first);
  return { token, abortable: abortable[1] === undefined };
}

/** `defzone --show`: what is committed counts, not what a transaction would make of it. */
export function parseDefaultZone(text: string): 'deny' | 'permit' {
  const lines = filledLines(text).map((line) => line.trim());
  const committed = lines.find((line) => /^committed\b/i.test(line));
  const [, access] = /^committed\s*-\s*(No|All) Access$/i.exec(committed ?? '') ?? [];
  if (access === undefined) throw new Surprise('defzone', text, committed ?? lines[0]);
  return access.toLowerCase() === 'no' ? 'deny' : 'permit';
}

/** `cfgsize`: bytes that the saved zoning takes, and may take. */
export function parseSize(text: string): { readonly databaseBytes: number; readonly databaseBytesMax: number } {
  const lines = filledLines(text).map((line) => line.trim());
  const bytes = (what: RegExp): number => {
    const line = lines.find((one) => what.test(one));
    const [, amount] = /-\s*(\d+)(?:\s+bytes)?$/i.exec(line ?? '') ?? [];
    if (amount === undefined) throw new Surprise('cfgsize', text, line ?? lines[0]);
    return Number(amount);
  };
  return { databaseBytes: bytes(/^committed\b/i), databaseBytesMax: bytes(/^zone db max size\b/i) };
}

/** `version`: `9.1.1b`. */
export function parseVersion(text: string): string {
  for (const line of filledLines(text)) {
    const [, version] = /^\s*Fabric OS:\s+v?(\d+\.\d+\.\d+\S*)$/i.exec(line) ?? [];
    if (version !== undefined) return version;
  }
  throw new Surprise('version', text, filledLines(text)[0]);
}
