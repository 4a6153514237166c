import { describe, expect, it } from 'vitest';
import { parseCredential } from '../../../src/engine/model/credential.ts';
import { createCredentialResolver, type KeySource } from '../../../src/engine/operations/credentials.ts';

import type { Engine } from '../../../src/engine/operations/engine.ts';
import { parseInput } from '../../../src/engine/operations/inputs.ts';
import type { StateStore, Txn } from '../../../src/engine/state/store.ts';
import { rangeAll } from '../../../src/engine/state/store.ts';
import { listSecrets, readKeyInUse } from '../../../src/engine/state/vault.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { newSealingKey } from '../../../src/lib/sealing.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, sourceOf } from '../planner/texts.ts';

interface Ring extends KeySource {
  lines: string[];
}

/** A key file in memory. */
function ring(...lines: string[]): Ring {
  const source: Ring = {
    description: 'the key file k',
    lines,
    read: async () => (source.lines.length === 0 ? undefined : new Redacted(source.lines.join('\n'))),
    append: async (line) => void source.lines.push(line.reveal()),
  };
  return source;
}

async function vault(keys: KeySource = ring()): Promise<Estate> {
  const estate = await createEstate();
  (estate.engine as { keySource: KeySource }).keySource = keys;
  return estate;
}

const open = (engine: Engine, name: string, keys = engine.keySource) =>
  createCredentialResolver(engine.store, keys)(`vault:${name}`).then((secret) => secret.reveal());

async function refused(work: Promise<unknown>): Promise<OperationError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return error;
}

async function stored(store: StateStore): Promise<string> {
  let all = '';
  for await (const { key, value } of rangeAll(store, '')) all += `${key} ${value}\n`;
  return all;
}

describe('secrets', () => {
  it('are set, changed, listed and removed, and never stored readably', async () => {
    const { engine, run } = await vault();
    const { keyId } = await run('secret.init', {});
    expect(await run('secret.set', { name: 'A', value: 'canary-1' })).toMatchObject({ keyId, replaced: false });
    expect(await run('secret.set', { name: 'a', value: 'canary-2' })).toMatchObject({ keyId, replaced: true });
    await run('secret.set', { name: 'b', value: 'canary-3\nline two' });
    expect(await open(engine, 'A')).toBe('canary-2');
    expect(await open(engine, 'b')).toBe('canary-3\nline two');
    const listed = await run('secret.list', {});
    expect(listed.secrets.map(({ name, setBy, usedBy }) => [name, setBy.name, usedBy])).toEqual([
      ['a', expect.any(String), []],
      ['b', expect.any(String), []],
    ]);
    const audit = await engine.log.read('audit');
    expect(audit.map(({ event, name }) => [event, name])).toEqual([
      ['secret.init', undefined],
      ['secret.set', 'A'],
      ['secret.set', 'a'],
      ['secret.set', 'b'],
    ]);
    const everything = `${await stored(engine.store)}${JSON.stringify([listed, audit])}`;
    expect(everything).toContain('s/secret/a');
    expect(everything).not.toContain('canary');
    await run('secret.remove', { name: 'b' });
    expect((await run('secret.list', {})).secrets.map(({ name }) => name)).toEqual(['a']);
    expect((await refused(run('secret.remove', { name: 'nothing-like-it' }))).diagnostics[0]).toMatchObject({
      code: 'COPRHD-SECRET-002',
      fix: 'coprhd secret list',
    });
  });

  it('that nobody can have meant are refused', async () => {
    const { run } = await vault();
    await run('secret.init', {});
    for (const value of ['', 'x'.repeat(16_385)]) {
      const error = await refused(run('secret.set', { name: 'a', value }));
      expect([error.outcome, error.diagnostics[0]!.code]).toEqual(['usage', 'COPRHD-SECRET-003']);
    }
    expect((await run('secret.list', {})).secrets).toEqual([]);
  });

  it('need a key, and the right one; without it nothing is written', async () => {
    const { engine, run } = await vault();
    expect((await refused(run('secret.set', { name: 'a', value: 'v' }))).diagnostics[0]!.code).toBe(
      'COPRHD-SECRET-005',
    );
    await run('secret.init', {});
    await run('secret.set', { name: 'a', value: 'v' });
    const before = await stored(engine.store);
    const wrong = ring(newSealingKey(engine.random).text.reveal());
    (engine as { keySource: KeySource }).keySource = wrong;
    for (const work of [
      run('secret.set', { name: 'b', value: 'v' }),
      run('secret.rotate', {}),
      run('secret.init', {}),
    ]) {
      const [diagnostic] = (await refused(work)).diagnostics;
      expect(diagnostic).toMatchObject({ code: 'COPRHD-SECRET-005' });
      expect(diagnostic!.summary).toMatch(/sealed under key [0-9a-f]{16}; the key file k has key [0-9a-f]{16}/);
    }
    await expect(open(engine, 'a')).rejects.toThrow(/sealed under key .* the key file k has key/);
    await expect(open(engine, 'a', ring())).rejects.toThrow(/no key was given/);
    await expect(open(engine, 'nope')).rejects.toMatchObject({ class: 'auth', hint: 'coprhd secret set nope' });
    expect(await stored(engine.store)).toBe(before);
  });

  it('whose keys can not be read are refused by line, never by text', async () => {
    const { run } = await vault(ring('# k', 'not-a-key-but-perhaps-half-of-one'));
    const error = await refused(run('secret.set', { name: 'a', value: 'v' }));
    expect(error.diagnostics[0]).toMatchObject({
      code: 'COPRHD-SECRET-001',
      summary: 'the key file k: line 2 is not a key',
    });
    expect(JSON.stringify(error.diagnostics)).not.toContain('half-of-one');
  });

  it.each(['', '/a', 'a/', 'a//b', 'a b', 'x'.repeat(129)])('have names that are names, not %j', async (name) => {
    expect(parseInput('secret.set', { name, value: 'v' }).ok).toBe(false);
    expect(parseCredential(`vault:${name}`)).toBeUndefined();
    expect(parseCredential('vault:arrays/pmx-71')).toEqual({ scheme: 'vault', name: 'arrays/pmx-71' });
  });

  it('put in the place of another are noticed', async () => {
    const { engine, run } = await vault();
    await run('secret.init', {});
    await run('secret.set', { name: 'low', value: 'l' });
    await run('secret.set', { name: 'high', value: 'h' });
    const low = (await engine.store.get('s/secret/low'))!.value;
    const forged = low.replace('"name":"low"', '"name":"high"');
    await engine.store.txn({ success: [{ type: 'put', key: 's/secret/high', value: forged }] });
    await expect(open(engine, 'high')).rejects.toThrow('its sealed text is damaged');
  });
});

describe('rotation', () => {
  const NAMES = Array.from({ length: 300 }, (_, index) => `s-${index}`);

  async function filled(keys: Ring): Promise<Estate> {
    const estate = await vault(keys);
    await estate.run('secret.init', {});
    for (const name of NAMES) await estate.run('secret.set', { name, value: `value of ${name}` });
    return estate;
  }
  const keyIds = async (store: StateStore) => [...new Set((await listSecrets(store)).map(({ value }) => value.keyId))];

  it('seals everything under a new key; the old one stays on the ring', async () => {
    const keys = ring();
    const { engine, run } = await filled(keys);
    const [old] = await keyIds(engine.store);
    const rotated = await run('secret.rotate', {});
    expect(rotated).toMatchObject({ resealed: 300, oldKeyIds: [old] });
    expect(await keyIds(engine.store)).toEqual([rotated.keyId]);
    expect(keys.lines).toHaveLength(2);
    for (const name of NAMES) expect(await open(engine, name)).toBe(`value of ${name}`);
    await expect(open(engine, 's-1', ring(keys.lines[0]!))).rejects.toThrow(/sealed under key/);
    expect(await open(engine, 's-1', ring(keys.lines[1]!))).toBe('value of s-1');
    expect((await run('secret.list', {})).previousKeyIds).toEqual([]);
  });

  it('takes a key that was put last by hand, and makes none then', async () => {
    const keys = ring();
    const { engine, run } = await filled(keys);
    const key = newSealingKey(engine.random);
    keys.lines.push(key.text.reveal());
    expect(await run('secret.rotate', {})).toMatchObject({ keyId: key.id, resealed: 300 });
    expect(keys.lines).toHaveLength(2);
  });

  it.each([0, 1, 2, 3])('killed after %i of its transactions goes on, and both keys work meanwhile', async (after) => {
    const keys = ring();
    const estate = await filled(keys);
    const { engine, run } = estate;
    const whole = engine.store.txn.bind(engine.store);
    let left = after;
    const dying = async (txn: Txn) => {
      if (left === 0) throw new Error('killed');
      left -= 1;
      expect(txn.success.length).toBeLessThan(128);
      return whole(txn);
    };
    engine.store.txn = dying;
    await expect(run('secret.rotate', {})).rejects.toThrow('killed');
    engine.store.txn = whole;
    expect(keys.lines).toHaveLength(2);
    for (const name of ['s-0', 's-150', 's-299']) expect(await open(engine, name)).toBe(`value of ${name}`);
    const under = (await keyIds(engine.store)).length;
    expect(under).toBe(after < 2 ? 1 : 2);
    await run('secret.set', { name: 's-299', value: 'meanwhile' });
    const done = await run('secret.rotate', {});
    expect(keys.lines).toHaveLength(2);
    expect(await keyIds(engine.store)).toEqual([done.keyId]);
    expect(await open(engine, 's-299')).toBe('meanwhile');
    expect((await readKeyInUse(engine.store))!.value).toMatchObject({ keyId: done.keyId, previous: [] });
  });

  it('meets somebody who sets a secret in between, and loses neither', async () => {
    const keys = ring();
    const { engine, run } = await filled(keys);
    const whole = engine.store.txn.bind(engine.store);
    let transactions = 0;
    engine.store.txn = async (txn) => {
      transactions += 1;
      if (transactions === 3) {
        engine.store.txn = whole;
        await run('secret.set', { name: 's-299', value: 'newer' });
      }
      return whole(txn);
    };
    const { keyId } = await run('secret.rotate', {});
    expect(transactions).toBe(3);
    expect(await open(engine, 's-299')).toBe('newer');
    expect(await open(engine, 's-0')).toBe('value of s-0');
    expect(await keyIds(engine.store)).toEqual([keyId]);
  });

  it('two at once end under one key', async () => {
    const keys = ring();
    const { engine, run } = await filled(keys);
    const results = await Promise.all([run('secret.rotate', {}), run('secret.rotate', {})]);
    const [inUse] = await keyIds(engine.store);
    expect(await keyIds(engine.store)).toHaveLength(1);
    expect(results.at(-1)!.keyId).toBe(inUse);
    for (const name of NAMES) expect(await open(engine, name)).toBe(`value of ${name}`);
  });

  it('leaves what it can not open, says so, and is not done', async () => {
    const keys = ring();
    const { engine, run } = await filled(keys);
    const lost = (await engine.store.get('s/secret/s-7'))!.value.replace(
      /"keyId":"[0-9a-f]+"/,
      '"keyId":"0000000000000000"',
    );
    await engine.store.txn({ success: [{ type: 'put', key: 's/secret/s-7', value: lost }] });
    const error = await refused(run('secret.rotate', {}));
    expect(error.diagnostics[0]).toMatchObject({
      code: 'COPRHD-SECRET-006',
      summary: '1 secret could not be opened: s-7',
    });
    expect((await run('secret.list', {})).previousKeyIds).toHaveLength(1);
    await run('secret.set', { name: 's-7', value: 'again' });
    expect(await run('secret.rotate', {})).toMatchObject({ resealed: 0 });
  });

  it('needs somewhere to put the new key', async () => {
    const keys = ring();
    const { engine, run } = await filled(keys);
    const [line] = keys.lines;
    const environment: KeySource = { description: 'COPRHD_KEY', read: async () => new Redacted(line!) };
    (engine as { keySource: KeySource }).keySource = environment;
    const error = await refused(run('secret.rotate', {}));
    expect(error.diagnostics[0]).toMatchObject({ summary: "a new key can't be added to COPRHD_KEY" });
    expect((await run('secret.list', {})).previousKeyIds).toEqual([]);
  });
});

describe('plan files that refer to the vault', () => {
  const text = infrastructure().replace('mode: manage', 'credential: "vault:array-1", mode: manage');

  it('are told where a secret is missing: validate warns, plan refuses', async () => {
    const { run } = await vault();
    const span = { line: 5, column: expect.any(Number) };
    const missing = { code: 'COPRHD-SECRET-002', address: 'storageSystem.array-1', span };
    const checked = await run('validate', sourceOf(text));
    expect(checked).toMatchObject({ outcome: 'ok', diagnostics: [{ ...missing, severity: 'warning' }] });
    const planned = await run('plan', sourceOf(text));
    expect(planned).toMatchObject({ outcome: 'error', diagnostics: [{ ...missing, severity: 'error' }] });
  });

  it('use it, and then it can not be removed', async () => {
    const { run, applied } = await vault();
    await run('secret.init', {});
    await run('secret.set', { name: 'Array-1', value: 'v' });
    await applied(text);
    expect((await run('secret.list', {})).secrets).toMatchObject([{ name: 'Array-1', usedBy: ['array-1'] }]);
    const error = await refused(run('secret.remove', { name: 'array-1' }));
    expect([error.outcome, error.diagnostics[0]!.code]).toEqual(['held', 'COPRHD-SECRET-004']);
  });
});
