/** Completion in real shells: each sources its script and asks for what stands on a command line. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, ROOT } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { type SimWorld, simWorld } from './sim.ts';

let world: SimWorld;

beforeAll(async () => {
  ensureBuilt();
  world = await simWorld(stack(numbered(3), { 'app-1': ['data-{01..03}'] }));
  await world.expect(0, 'apply', 'plans', '--yes');
  const bin = join(world.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'coprhd'), `#!/bin/sh\nexec ${process.execPath} ${ROOT}bin/run.js "$@"\n`);
  chmodSync(join(bin, 'coprhd'), 0o755);
}, 120_000);

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

function shell(name: string, args: readonly string[], script: string): string[] {
  const { stdout, stderr, status } = spawnSync(name, [...args, '-c', script], {
    cwd: world.directory,
    env: {
      PATH: `${join(world.directory, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: world.directory,
      COPRHD_STATE: world.state,
      TERM: 'dumb',
    },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\n').filter((line) => line !== '');
}

const inBash = (...words: string[]) => {
  const quoted = ['coprhd', ...words].map((word) => `'${word}'`).join(' ');
  const show = `_coprhd; [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return shell(
    'bash',
    ['--norc'],
    `source <(coprhd completion bash); COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; ${show}`,
  );
};

describe('completion in bash', () => {
  it('of commands, flags and their values', () => {
    expect(inBash('pl')).toEqual(['plan']);
    expect(inBash('state', 's')).toEqual(['show']);
    expect(inBash('plan', 'plans', '--det')).toEqual(['--detail']);
    expect(inBash('plan', '--detail', 's')).toEqual(['summary']);
    expect(inBash('plan', '--detail', '=', 'f')).toEqual(['full']);
    expect(inBash('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('of plan files', () => {
    expect(inBash('plan', 'pla')).toEqual(['plans']);
    expect(inBash('plan', 'plans/st')).toEqual(['plans/stack.yaml']);
  });

  it('of live addresses and storage systems', () => {
    const volumes = ['web/volume.data-01', 'web/volume.data-02', 'web/volume.data-03'];
    expect(inBash('explain', 'web/volume.d')).toEqual(volumes);
    expect(inBash('explain', 'web/vol')).toEqual(volumes);
    expect(inBash('show', 'WEB/')).toEqual(['web/export.app-1', ...volumes]);
    expect(inBash('drift', '--system', 'arr')).toEqual(['array-1']);
    expect(inBash('device', 'review', '')).toEqual(['array-1']);
  });

  it('of what is not there, without a state, or of nonsense says nothing', () => {
    expect(inBash('explain', 'nothing')).toEqual([]);
    expect(inBash('explain', '--state', 'nowhere', 'web')).toEqual([]);
    expect(inBash('no', 'such', 'thing', '')).toEqual([]);
    expect(inBash('plan', '--no-such', '')).not.toContain('undefined');
  });
});

const zshIt = isInstalled('zsh') ? it : it.skip;
const fishIt = isInstalled('fish') ? it : it.skip;

zshIt('completion in zsh hands values with what they are to the shell (skipped where zsh is not installed)', () => {
  const inZsh = (...words: string[]) => {
    const quoted = ['coprhd', ...words].map((word) => `'${word}'`).join(' ');
    const stubs = 'compdef() { :; }; _files() { print files; }; _describe() { print -rl -- "${(@P)2}"; }';
    return shell(
      'zsh',
      ['-f'],
      `${stubs}; source <(coprhd completion zsh); words=(${quoted}); CURRENT=${words.length + 1}; _coprhd; true`,
    );
  };
  expect(inZsh('pl')).toEqual([expect.stringMatching(/^plan:/)]);
  expect(inZsh('plan', '--detail', 's')).toEqual(['summary']);
  expect(inZsh('plan', '')).toEqual(['files']);
  expect(inZsh('explain', 'web/volume.data-03')).toEqual(['web/volume.data-03']);
  expect(inZsh('explain', 'nothing')).toEqual([]);
});

fishIt('completion in fish (skipped where fish is not installed)', () => {
  const inFish = (line: string) =>
    shell('fish', ['--no-config'], `coprhd completion fish | source; complete -C "coprhd ${line}"`);
  expect(inFish('pl')).toEqual([expect.stringMatching(/^plan\t/)]);
  expect(inFish('plan --detail s')).toEqual(['summary']);
  expect(inFish('plan plans/st')).toEqual(['plans/stack.yaml']);
  expect(inFish('explain web/volume.data-0')).toHaveLength(3);
});
