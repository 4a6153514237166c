import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machineChecks, node } from '../../src/commands/_base/machine-checks.ts';
import { tarArchive } from '../../src/commands/_base/tar.ts';
import Doctor from '../../src/commands/doctor.ts';
import { fail } from '../../src/lib/diagnostic.ts';
import { run } from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'coprhd-doctor-'));
const FINE = {
  doctor: {
    outcome: 'ok',
    diagnostics: [],
    checks: [{ name: 'state', level: 'ok', what: 'answers' }],
    files: { 'records.json': [1, 2] },
  },
} as const;

it('ends with 1 when something fails, with 0 when something is only doubtful', async () => {
  const level = async (of: 'ok' | 'warn' | 'fail') => {
    const checks = [{ name: 'state', level: of, what: 'x', fix: 'y' }];
    const outcome = of === 'fail' ? 'error' : 'ok';
    return (await run(Doctor, [], { answers: { doctor: { outcome, diagnostics: [], checks } } })).code;
  };
  expect([await level('ok'), await level('warn'), await level('fail')]).toEqual([0, 0, 1]);
});

it('looks at the machine also where there is no state', async () => {
  const doctor = () => fail('error', { code: 'COPRHD-STATE-001', summary: 'there is no state', fix: 'coprhd init' });
  const ran = await run(Doctor, ['--plain'], { answers: { doctor } });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain('check\tnode\tok\tNode v22.0.0 on linux');
  expect(ran.stdout).toContain('check\tstate\tfail\tthere is no state\tcoprhd init');
});

it('writes a bundle that tar can read, for its owner only', async () => {
  const file = join(directory, 'b.tar.gz');
  const env = { COPRHD_KEY: 'canary', COPRHD_STATE: 'x', OTHER: 'canary' };
  const ran = await run(Doctor, ['--bundle', file, '--human'], { answers: FINE, env });
  expect(ran.code).toBe(0);
  expect(ran.calls).toEqual([{ name: 'doctor', input: { bundle: true } }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const out = spawnSync('tar', ['xzf', file, '-C', directory], { encoding: 'utf8' });
  expect([out.status, out.stderr]).toEqual([0, '']);
  const read = (name: string) => JSON.parse(readFileSync(join(directory, 'coprhd-bundle', name), 'utf8')) as unknown;
  expect(read('records.json')).toEqual([1, 2]);
  expect(read('about.json')).toMatchObject({ nodeVersion: 'v22.0.0', variablesSet: ['COPRHD_KEY', 'COPRHD_STATE'] });
  expect(spawnSync('grep', ['-r', 'canary', join(directory, 'coprhd-bundle')]).status).toBe(1);
  expect(ran.stdout).not.toContain('canary');
});

it.each([0, 1, 511, 512, 513])('an archive holds files of %i bytes', (length) => {
  const content = 'x'.repeat(length);
  const { stdout, status } = spawnSync('tar', ['xOf', '-', 'a/b'], {
    input: tarArchive(
      [
        { name: 'first', content: 'first' },
        { name: 'a/b', content },
      ],
      1_700_000_000_000,
    ),
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, content]);
});

it('knows which Node is too old', () => {
  const machine = (nodeVersion: string, platform = 'linux') => ({ nodeVersion, platform, env: {} });
  expect(node(machine('v20.18.9')).level).toBe('fail');
  expect(node(machine('v20.19.0')).level).toBe('ok');
  expect(node(machine('v22.0.0')).level).toBe('ok');
  expect(node(machine('v22.0.0', 'darwin')).level).toBe('warn');
});

it('says how much room there is for a state on this machine', async () => {
  const machine = { nodeVersion: 'v22.0.0', platform: 'linux', env: { PATH: '/nowhere' } };
  const of = async (state: string) => (await machineChecks(machine, state)).filter(({ name }) => name === 'disk');
  expect(await of(directory)).toMatchObject([{ what: expect.stringMatching(/ free for the state in /) }]);
  expect(await of(join(directory, 'not-yet'))).toMatchObject([
    { what: expect.stringMatching(/ free for the state in /) },
  ]);
  expect(await of('etcd://a:2379')).toEqual([]);
});
