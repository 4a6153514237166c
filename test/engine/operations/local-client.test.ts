import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import type { EngineClient, EngineEvent } from '../../../src/engine/operations/types.ts';
import type { ProcessHost } from '../../../src/engine/state/leases.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { ACTOR } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const root = mkdtempSync(join(tmpdir(), 'coprhd-client-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const NETWORK = 'kind: infrastructure\nnetworks: { san: { transport: ip, subnets: [10.0.0.0/8] } }\n';
const hostOf = (pid: number, live: ReadonlySet<number>): ProcessHost => ({
  process: { host: 'admin-1', bootId: 'boot', pidNamespace: 'ns', pid, startTime: `t${pid}` },
  startTimeOf: (other) => (live.has(other) ? `t${other}` : undefined),
});

async function refused(work: Promise<unknown>): Promise<[string, string[]]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return [error.outcome, error.diagnostics.map(({ code }) => code)];
}

describe('without a state', () => {
  const client = openLocalClient({ state: join(root, 'none'), actor: ACTOR });

  it('files can be checked, references among themselves included', async () => {
    const good = await (await client).call('validate', sourceOf(NETWORK));
    expect(good).toMatchObject({ outcome: 'ok', stacks: 1, resources: 1, diagnostics: [] });
    const bad = await (await client).call('validate', sourceOf([NETWORK, stack({ volumes: { a: null } })]));
    expect(bad.outcome).toBe('error');
    expect(new Set(bad.diagnostics.map(({ code }) => code))).toEqual(new Set(['COPRHD-CONFIG-005']));
  });

  it('everything else says how to begin', async () => {
    const open = await client;
    expect(await refused(open.call('plan', sourceOf(NETWORK)))).toEqual(['error', ['COPRHD-STATE-001']]);
    expect(await refused(open.call('show', {}))).toEqual(['error', ['COPRHD-STATE-001']]);
    await open.close();
  });

  it('a call that is not understood is a usage error', async () => {
    const open = await openLocalClient({ state: join(root, 'none'), actor: ACTOR });
    const wrong = { address: 5 } as unknown as { address: string };
    expect(await refused(open.call('undelete', wrong))).toEqual(['usage', ['COPRHD-USAGE-001']]);
  });
});

describe('a damaged state', () => {
  it('is said as such by every command, with what to do', async () => {
    const state = join(root, 'damaged');
    const client = await openLocalClient({ state, actor: ACTOR });
    await client.call('init', {});
    await client.close();
    const file = join(state, 'data.mdb');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xa5, 2 * 4_096));
    for (const call of ['show', 'doctor', 'state.export'] as const) {
      const again = await openLocalClient({ state, actor: ACTOR });
      const input = call === 'doctor' ? { bundle: false } : {};
      const error = await again.call(call, input as never).catch((thrown: unknown) => thrown);
      expect(error, call).toBeInstanceOf(OperationError);
      expect((error as OperationError).diagnostics, call).toMatchObject([
        { code: 'COPRHD-STATE-003', fix: expect.stringContaining('coprhd state import FILE --state NEW') },
      ]);
      await again.close();
    }
  });
});

describe('a caller that has had enough', () => {
  it.each(['interrupted', 'timed out'])(
    '%s: what only looks ends as interrupted, never as an internal error',
    async (why) => {
      const client = await openLocalClient({ state: join(root, why), actor: ACTOR });
      await client.call('init', {});
      const caller = new AbortController();
      const onEvent = ({ type }: EngineEvent) => {
        if (type === 'observe.started') caller.abort(new Error(why));
      };
      const planning = client.call('plan', sourceOf(infrastructure()), { signal: caller.signal, onEvent });
      expect(await refused(planning)).toEqual(['interrupted', []]);
      await client.close();
    },
  );
});

describe('import of a state', () => {
  it('that is refused leaves nothing behind', async () => {
    const state = join(root, 'never');
    const client = await openLocalClient({ state, actor: ACTOR });
    const input = { document: 'no export', replace: false };
    expect(await refused(client.call('state.import', input))).toEqual(['error', ['COPRHD-STATE-008']]);
    await client.close();
    expect(existsSync(state)).toBe(false);
  });

  const live = new Set([1, 2]);
  const open = (pid: number, crashPoint?: (name: string) => void): Promise<EngineClient> =>
    openLocalClient({
      state: join(root, 'state'),
      actor: ACTOR,
      host: hostOf(pid, live),
      ...(crashPoint ? { crashPoint } : {}),
    });

  it('waits for nobody who is at work on it, and takes it from the dead', async () => {
    const worker = await open(1);
    const other = await open(2);
    await worker.call('init', {});
    const { document } = await worker.call('state.export', {});
    let during: Promise<[string, string[]]> | undefined;
    const apply = { source: sourceOf(NETWORK), skipHeld: false, claimWaitMs: 0 };
    const input = { document, replace: true };
    const events = { onEvent: () => void (during ??= refused(other.call('state.import', input))) };
    expect((await worker.call('apply', apply, events)).outcome).toBe('ok');
    expect(await during).toEqual(['claimed', ['COPRHD-APPLY-003']]);
    expect((await other.call('state.list', {})).resources.some(({ kind }) => kind === 'network')).toBe(true);
    const dying = await open(1, () => {
      throw new Error('killed');
    });
    const more = { ...apply, source: sourceOf(NETWORK.replaceAll('san', 'lan')) };
    await expect(dying.call('apply', more)).rejects.toThrow('killed');
    live.delete(1);
    const imported = await other.call('state.import', input);
    expect(imported).toMatchObject({ outcome: 'ok', epoch: 2 });
    for (const client of [worker, other, dying]) await client.close();
  });

  it('is refused where there is a state, unless it is to be replaced', async () => {
    const client = await open(2);
    const { document } = await client.call('state.export', {});
    expect(await refused(client.call('state.import', { document, replace: false }))).toEqual([
      'error',
      ['COPRHD-STATE-004'],
    ]);
    await client.close();
  });
});
