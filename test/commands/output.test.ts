import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Output from '../../src/commands/output.ts';
import { outputLines } from '../../src/views/outputs.ts';
import { run } from './harness.ts';

const file = join(mkdtempSync(join(tmpdir(), 'coprhd-cli-')), 'p.yaml');
writeFileSync(file, '');

const OUTPUTS = [
  { stack: 'web', name: 'wwn', value: '6001', description: 'of the first volume' },
  { stack: 'web', name: 'luns', value: { 'data-01': 1 } },
  { stack: 'web', name: 'later', unknown: ['${volume.b.wwn}'] },
];
const answers = (outputs: typeof OUTPUTS | [(typeof OUTPUTS)[number]]) => ({
  output: { outcome: 'ok' as const, diagnostics: [], outputs: outputs as never },
});

describe('output', () => {
  it('shows all of them, with what is not known yet', async () => {
    const human = await run(Output, [file, '--human'], { answers: answers(OUTPUTS) });
    expect(human.stdout).toBe(`outputs
  web/wwn    6001  of the first volume
  web/luns   {"data-01":1}
  web/later  (known after apply: \${volume.b.wwn})
`);
    const plain = await run(Output, [file, '--plain'], { answers: answers(OUTPUTS) });
    expect(plain.stdout.split('\n')[1]).toBe('output\tweb\tluns\t{"data-01":1}\t');
    expect(outputLines([], { width: 80, color: false, nowMs: 0 })).toEqual([]);
  });

  it('prints nothing but the value of one', async () => {
    const ran = await run(Output, [file, '--name', 'wwn'], { answers: answers([OUTPUTS[0]!]) });
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, '6001\n', '']);
    expect(ran.calls[0]!.input).toMatchObject({ name: 'wwn' });
  });

  it('ends with 1 when that is not known yet', async () => {
    const ran = await run(Output, [file, '--name', 'later'], { answers: answers([OUTPUTS[2]!]) });
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('the output later is not known yet');
  });
});
