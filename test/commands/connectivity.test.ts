/** topo, path and access: what they ask the engine, and the forms in which they print it. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePlan } from '../../src/commands/_base/saved-plan.ts';
import AccessReport from '../../src/commands/access/report.ts';
import PathList from '../../src/commands/path/list.ts';
import TopoHost from '../../src/commands/topo/host.ts';
import TopoPlan from '../../src/commands/topo/plan.ts';
import { ADDING_PLAN } from '../views/fixtures/plans.ts';
import { run } from './harness.ts';

const temporary = () => mkdtempSync(join(tmpdir(), 'coprhd-cli-'));
const topology = {
  what: 'host',
  about: 'infrastructure/host.h1',
  hosts: [{ name: 'h1', initiators: [], masks: [{ system: 'array-1', mask: 'h1-x', luns: [] }] }],
} as const;
const answers = {
  topo: { outcome: 'ok', diagnostics: [], topology },
  'path.list': { outcome: 'ok', diagnostics: [], paths: [] },
  'access.report': { outcome: 'error', diagnostics: [], rows: [], foreignZones: [] },
} as const;

describe('topo', () => {
  it.each([
    { flags: ['--human'], begins: '  host h1' },
    { flags: ['--plain'], begins: '' },
    { flags: ['--format', 'dot'], begins: 'digraph coprhd {' },
    { flags: ['--format', 'svg'], begins: '<?xml' },
  ])('prints with $flags what begins with $begins', async ({ flags, begins }) => {
    const ran = await run(TopoHost, ['h1', ...flags], { answers });
    expect(ran.code).toBe(0);
    expect(ran.calls[0]).toEqual({ name: 'topo', input: { host: 'h1', refresh: 'auto' } });
    expect(ran.stdout.startsWith(begins)).toBe(true);
  });

  it.each([['--json'], ['--format', 'json']])('is JSON with %s', async (...flags) => {
    const ran = await run(TopoHost, ['h1', ...flags], { answers });
    expect(JSON.parse(ran.stdout)).toEqual({ schemaVersion: 1, outcome: 'ok', diagnostics: [], topology });
  });

  it('goes to a file, and says so to people', async () => {
    const out = join(temporary(), 'h1.svg');
    const ran = await run(TopoHost, ['h1', '--format', 'svg', '--out', out, '--human'], { answers });
    expect(ran).toMatchObject({ stdout: '', stderr: `written: ${out}\n` });
    expect(readFileSync(out, 'utf8')).toContain('</svg>');
  });

  it('of a saved plan asks with the plan', async () => {
    const saved = join(temporary(), 'web.plan');
    await writePlan(saved, ADDING_PLAN);
    const ran = await run(TopoPlan, [saved], { answers });
    expect(ran.calls).toMatchObject([{ name: 'topo', input: { plan: { id: ADDING_PLAN.id } } }]);
  });
});

it('path list asks for a host on a storage system', async () => {
  const ran = await run(PathList, ['h1', '--system', 'array-1', '--human'], { answers });
  expect(ran.calls[0]!.input).toEqual({ of: 'h1', system: 'array-1', refresh: 'auto' });
  expect(ran.stdout).toContain('No path');
});

it('access report ends with 1 where a device could not be read', async () => {
  const ran = await run(AccessReport, ['--volume', 'web/volume.a'], { answers });
  expect([ran.code, ran.calls[0]!.input]).toEqual([1, { volume: 'web/volume.a', refresh: 'auto' }]);
});
