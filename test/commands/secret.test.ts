import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { keySourceOf } from '../../src/commands/_base/key-source.ts';
import { readAll } from '../../src/commands/_base/secret-input.ts';
import SecretRemove from '../../src/commands/secret/remove.ts';
import SecretSet from '../../src/commands/secret/set.ts';
import { OperationError } from '../../src/lib/diagnostic.ts';
import { Redacted } from '../../src/lib/redacted.ts';
import { run } from './harness.ts';

const SET = { 'secret.set': { outcome: 'ok', diagnostics: [], name: 'a', keyId: 'k', replaced: false } } as const;

describe('secret set', () => {
  it.each([
    ['hunter2', 'hunter2'],
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['two\nlines\n\n', 'two\nlines\n'],
  ])('takes %j from standard input as %j', async (input, value) => {
    const ran = await run(SecretSet, ['a'], { answers: SET, input });
    expect(ran.calls).toEqual([{ name: 'secret.set', input: { name: 'a', value } }]);
    expect(ran.stdout + ran.stderr).not.toContain('hunter2');
  });

  it('asks twice on a terminal, and refuses two that differ', async () => {
    const good = await run(SecretSet, ['a'], { answers: SET, tty: true, typed: ['hunter2', 'hunter2'] });
    expect(good.code).toBe(0);
    expect(good.calls).toEqual([{ name: 'secret.set', input: { name: 'a', value: 'hunter2' } }]);
    expect(good.questions).toEqual(['Value of a (not shown): ', 'Once more: ']);
    const wrong = await run(SecretSet, ['a'], { answers: SET, tty: true, typed: ['hunter2', 'hunter3'] });
    expect([wrong.code, wrong.calls]).toEqual([64, []]);
    const gaveUp = await run(SecretSet, ['a'], { answers: SET, tty: true, typed: [undefined] });
    expect([gaveUp.code, gaveUp.calls]).toEqual([130, []]);
    for (const { stdout, stderr } of [good, wrong]) expect(stdout + stderr).not.toMatch(/hunter/);
  });

  it.each([
    [['a', 'hunter2']],
    [['a', 'hunter2', 'hunter2']],
    [['a', '--value=hunter2']],
    [['a', '--value', 'hunter2']],
    [['a', '--value=one\nhunter2']],
  ])('never repeats what was given as an argument: %j', async (argv) => {
    for (const format of ['--human', '--plain', '--json']) {
      const ran = await run(SecretSet, [...argv, format], { answers: SET, env: { COPRHD_DEBUG: '1' } });
      expect([ran.code, ran.calls]).toEqual([64, []]);
      expect(ran.stdout + ran.stderr).not.toContain('hunter2');
    }
  });

  it('refuses what is too long or no text', async () => {
    const ran = await run(SecretSet, ['a', '--human'], { answers: SET });
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('over 16384 bytes or is not UTF-8');
  });
});

it('secret remove asks, and without anybody to ask wants --yes', async () => {
  const answers = { 'secret.remove': { outcome: 'ok', diagnostics: [], name: 'a' } } as const;
  expect((await run(SecretRemove, ['a'], { answers })).code).toBe(64);
  const no = await run(SecretRemove, ['a'], { answers, tty: true, typed: ['n'] });
  expect([no.code, no.calls.length]).toEqual([3, 0]);
  expect((await run(SecretRemove, ['a', '--yes'], { answers })).code).toBe(0);
  expect((await run(SecretRemove, ['a'], { answers, tty: true, typed: ['y'] })).code).toBe(0);
});

describe('standard input', () => {
  const read = (parts: (string | Buffer)[]) => {
    const stream = new PassThrough();
    for (const part of parts) stream.write(part);
    stream.end();
    return readAll(stream, 10, new AbortController().signal);
  };

  it('is read to its end, within its bound, as UTF-8', async () => {
    expect(await read(['a', 'b\n'])).toBe('ab\n');
    expect(await read(['ä'.repeat(5)])).toBe('äääää');
    expect(await read(['ä'.repeat(5), '!'])).toBeUndefined();
    expect(await read([Buffer.from([0xff, 0xfe])])).toBeUndefined();
  });

  it('that never comes ends with an interrupt', async () => {
    const abort = new AbortController();
    const reading = readAll(new PassThrough(), 10, abort.signal);
    abort.abort(new Error('interrupted'));
    await expect(reading).rejects.toThrow('interrupted');
  });
});

describe('keys', () => {
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-keys-'));
  const problem = async (env: Record<string, string>) => {
    const error = await keySourceOf(env)
      .read()
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(OperationError);
    return (error as OperationError).diagnostics[0]!;
  };

  it('come from COPRHD_KEY, else COPRHD_KEY_FILE, else the configuration directory; not from two at once', async () => {
    expect((await keySourceOf({ COPRHD_KEY: 'k', HOME: directory }).read())!.reveal()).toBe('k');
    expect(keySourceOf({ COPRHD_KEY_FILE: '/x/key' }).description).toBe('the key file /x/key');
    expect(keySourceOf({ HOME: '/home/ada' }).description).toBe('the key file /home/ada/.config/coprhd/key');
    expect(keySourceOf({ HOME: '/home/ada', XDG_CONFIG_HOME: '/c' }).description).toBe('the key file /c/coprhd/key');
    expect(await keySourceOf({}).read()).toBeUndefined();
    expect((await problem({ COPRHD_KEY: 'k', COPRHD_KEY_FILE: '/x' })).summary).toContain('both');
  });

  it('are appended to a file that only its owner can read', async () => {
    const file = join(directory, 'new', 'key');
    const source = keySourceOf({ COPRHD_KEY_FILE: file });
    expect(await source.read()).toBeUndefined();
    await source.append!(new Redacted('one'));
    await source.append!(new Redacted('two'));
    expect(readFileSync(file, 'utf8').split('\n').filter(Boolean)).toEqual(['one', 'two']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o700);
    expect((await source.read())!.reveal()).toContain('two');
  });

  it.each([0o604, 0o620, 0o777])('in a file with mode %o are refused', async (mode) => {
    const file = join(directory, `mode-${mode}`);
    writeFileSync(file, 'k');
    chmodSync(file, mode);
    expect(await problem({ COPRHD_KEY_FILE: file })).toMatchObject({
      code: 'COPRHD-SECRET-001',
      fix: `chmod 600 ${file}`,
    });
    chmodSync(file, 0o640);
    expect(existsSync(file) && (await keySourceOf({ COPRHD_KEY_FILE: file }).read())!.reveal()).toBe('k');
  });

  it('in what is no file are refused', async () => {
    expect((await problem({ COPRHD_KEY_FILE: directory })).code).toBe('COPRHD-SECRET-001');
  });
});
