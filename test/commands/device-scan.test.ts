/** `device scan`: what is asked, which file is written, and what is refused before anything is asked. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import DeviceScan from '../../src/commands/device/scan.ts';
import { SCANNED, SCANNED_PART } from '../views/fixtures/devices.ts';
import { run } from './harness.ts';

const place = mkdtempSync(join(tmpdir(), 'coprhd-scan-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const YAML = 'kind: infrastructure\n';
const answers = { 'device.scan': { ...SCANNED, yaml: YAML } };

describe('device scan', () => {
  it('asks with what reaches the provider, as device add takes it', async () => {
    const argv = [
      ...['acme', '--set', 'port=5989', '--set', 'site=a=b', '--endpoint', 'ssh://root@10.0.0.1'],
      ...['--jump', 'ssh://j@gate', '--jump-credential', 'agent', '--credential', 'vault:acme'],
    ];
    expect((await run(DeviceScan, argv, { answers })).calls).toEqual([
      {
        name: 'device.scan',
        input: {
          driver: 'acme',
          configuration: { port: 5989, site: 'a=b' },
          directory: resolve('.'),
          endpoint: 'ssh://root@10.0.0.1',
          ssh: { jump: 'ssh://j@gate', jumpCredential: 'agent' },
          credential: 'vault:acme',
        },
      },
    ]);
  });

  it('writes the file, in a stack of its name, and says what comes next', async () => {
    const file = join(place, 'site b.yaml');
    const ran = await run(DeviceScan, ['simulator', '--write', file, '--human'], { answers });
    expect([ran.code, readFileSync(file, 'utf8')]).toEqual([0, YAML]);
    expect(ran.calls[0]!.input).toMatchObject({ stack: 'site b' });
    expect(ran.stdout).toContain(`next: coprhd plan '${file}'`);
    const again = await run(DeviceScan, ['simulator', '--write', file, '--human'], { answers });
    expect([again.code, again.calls]).toEqual([64, []]);
    expect(again.stderr).toContain('exists already');
  });

  it('overwrites no file that appears meanwhile', async () => {
    const file = join(place, 'race.yaml');
    const appears = () => {
      writeFileSync(file, 'mine');
      return { ...SCANNED, yaml: YAML };
    };
    const ran = await run(DeviceScan, ['simulator', '--write', file], { answers: { 'device.scan': appears } });
    expect([ran.code, readFileSync(file, 'utf8')]).toEqual([1, 'mine']);
  });

  it('writes none where everything is registered', async () => {
    const file = join(place, 'none.yaml');
    const ran = await run(DeviceScan, ['simulator', '--write', file], { answers: { 'device.scan': SCANNED } });
    expect([ran.code, existsSync(file), ran.stdout.includes('written')]).toEqual([0, false, false]);
  });

  it('ends with 1, and still shows and writes what was found, when the scan is not whole', async () => {
    const file = join(place, 'part.yaml');
    const part = { 'device.scan': { ...SCANNED_PART, yaml: YAML } };
    const ran = await run(DeviceScan, ['simulator', '--write', file, '--json'], { answers: part });
    const { yaml, ...shown } = JSON.parse(ran.stdout) as Record<string, unknown>;
    expect([ran.code, existsSync(file), yaml]).toEqual([1, true, undefined]);
    expect(shown).toMatchObject({ outcome: 'error', complete: false, written: file, systems: [{}, {}, {}] });
  });
});
