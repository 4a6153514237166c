/**
 * Export and import of a whole state as one document of JSON lines: a header, one line a key, and a last line with the
 * count and the SHA-256 of everything before it. For backups and for moving between stores; pure over StateStore. What
 * belongs to a lease (processes) stays behind; claims and workflows in flight go along as they are.
 */
import { z } from 'zod';
import { sha256Hex } from '../../lib/canonical-json.ts';
import { fail } from '../../lib/diagnostic.ts';
import { chunkWrites } from './chunks.ts';
import { IMPORTING_KEY, type Installation, readInstallation } from './installation.ts';
import { keys } from './keys.ts';
import { migratePairs, type Pair, STATE_VERSION } from './migrations.ts';
import { type Operation, rangeAll, type StateStore, StoreMissingError } from './store.ts';

const FORMAT = 'coprhd-state-export';

const HEADER = z.object({
  format: z.literal(FORMAT),
  version: z.int().nonnegative(),
  installation: z.string(),
  epoch: z.int().nonnegative(),
  revision: z.int().nonnegative(),
});
const ENTRY = z.tuple([z.string().min(1), z.string()]);
const TRAILER = z.object({ count: z.int().nonnegative(), sha256: z.string() });

/** Rejects with StoreMissingError when the store is not a state. */
export async function exportState(store: StateStore): Promise<{ document: string; records: number }> {
  const installation = await readInstallation(store);
  if (!installation) throw new StoreMissingError(`there is no state in ${store.description}`);
  const snapshot = await store.snapshot();
  try {
    const { version, installationId, epoch } = installation;
    const header = { format: FORMAT, version, installation: installationId, epoch, revision: snapshot.revision };
    const lines = [JSON.stringify(header)];
    for await (const { key, value, lease } of rangeAll(snapshot, '')) {
      if (lease === undefined && !isOfHere(key)) lines.push(JSON.stringify([key, value]));
    }
    const body = `${lines.join('\n')}\n`;
    const trailer = { count: lines.length - 1, sha256: sha256Hex(body) };
    return {
      document: `${body}${JSON.stringify(trailer)}\n`,
      records: lines.filter((line) => line.startsWith('["r/')).length,
    };
  } finally {
    snapshot.close();
  }
}

/** Who is logged in here is logged in nowhere else. */
const isOfHere = (key: string): boolean => key === keys.tokenKey || key.startsWith(keys.tokens);

export interface ImportResult {
  readonly installation: Installation;
  readonly records: number;
}

/**
 * Makes the store what the document says, with an epoch higher than the document's and the store's: every device must
 * then be reviewed. An existing state is replaced only with `replace` (else COPRHD-STATE-004). The document is checked
 * whole before anything is written (COPRHD-STATE-008, -002). Not atomic: while it runs, and after a crash, the state is
 * refused until the import was run again.
 */
export async function importState(
  store: StateStore,
  document: string | ExportedState,
  options: { readonly replace?: boolean } = {},
): Promise<ImportResult> {
  const { header, pairs } = typeof document === 'string' ? readExport(document) : document;
  const [importing, existing, storeEpoch] = await Promise.all(
    [IMPORTING_KEY, keys.installation, keys.epoch].map((key) => store.get(key)),
  );
  if (existing && !importing && !options.replace) {
    fail('error', {
      code: 'COPRHD-STATE-004',
      summary: `there is a state already in ${store.description}`,
      fix: 'import into a new state, or replace this one with --replace',
    });
  }
  const epoch = Math.max(header.epoch, Number(storeEpoch?.value ?? 0)) + 1;
  const { succeeded } = await store.txn({
    compare: [{ key: keys.epoch, modRevision: storeEpoch?.modRevision ?? 0 }],
    success: [
      { type: 'put', key: IMPORTING_KEY, value: JSON.stringify({ installation: header.installation, epoch }) },
      { type: 'put', key: keys.epoch, value: String(epoch) },
    ],
  });
  if (!succeeded) fail('claimed', { code: 'COPRHD-APPLY-003', summary: 'the state changed while the import began' });
  await writeAll(store, pairs);
  await store.txn({
    success: [
      { type: 'put', key: keys.version, value: String(STATE_VERSION) },
      { type: 'delete', key: IMPORTING_KEY },
    ],
  });
  const installation = await readInstallation(store);
  if (!installation) throw new StoreMissingError('the document holds no installation');
  return { installation, records: pairs.filter(({ key }) => key.startsWith('r/')).length };
}

/** Keys that the import itself decides. */
const OWN_KEYS = new Set<string>([IMPORTING_KEY, keys.epoch, keys.version]);

async function writeAll(store: StateStore, pairs: readonly Pair[]): Promise<void> {
  const wanted = new Map(pairs.map(({ key, value }) => [key, value]));
  const operations: Operation[] = [];
  for await (const { key, value, lease } of rangeAll(store, '')) {
    if (lease !== undefined || OWN_KEYS.has(key)) continue;
    if (wanted.get(key) === value) wanted.delete(key);
    else if (!wanted.has(key)) operations.push({ type: 'delete', key });
  }
  for (const [key, value] of wanted) if (!OWN_KEYS.has(key)) operations.push({ type: 'put', key, value });
  for (const txn of chunkWrites(operations.map((operation) => ({ compare: [], operations: [operation] })))) {
    await store.txn(txn);
  }
}

export interface ExportedState {
  readonly header: z.infer<typeof HEADER>;
  readonly pairs: readonly Pair[];
}

/** Checks the document whole (COPRHD-STATE-008, -002), without a store. */
export function readExport(document: string): ExportedState {
  const lines = document.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = HEADER.safeParse(parse(lines[0]));
  if (!header.success) return refuse('it does not begin with the header of an export');
  const trailer = TRAILER.safeParse(parse(lines.at(-1)));
  if (!trailer.success) return refuse('its end is missing');
  const body = lines.slice(0, -1);
  if (trailer.data.count !== body.length - 1)
    return refuse(`it has ${body.length - 1} of ${trailer.data.count} entries`);
  if (sha256Hex(`${body.join('\n')}\n`) !== trailer.data.sha256)
    return refuse('its checksum does not agree: it was changed');
  const { version } = header.data;
  if (version > STATE_VERSION) {
    fail('error', {
      code: 'COPRHD-STATE-002',
      summary: 'the document is newer than this version of coprhd',
      detail: `it has version ${version}; this coprhd knows up to ${STATE_VERSION}`,
      fix: 'use the version of coprhd that wrote it, or a later one',
    });
  }
  const pairs = body.slice(1).map((line, index) => {
    const entry = ENTRY.safeParse(parse(line));
    if (!entry.success) return refuse(`line ${index + 2} is not an entry`);
    return { key: entry.data[0], value: entry.data[1] };
  });
  if (!pairs.some(({ key }) => key === keys.installation)) return refuse('it holds no installation');
  return { header: header.data, pairs: migratePairs(pairs, version) };
}

function parse(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

function refuse(why: string): never {
  fail('error', {
    code: 'COPRHD-STATE-008',
    summary: `the document is not a readable export of state: ${why}`,
    fix: 'use a complete, unchanged document from `coprhd state export`; nothing was changed',
  });
}
