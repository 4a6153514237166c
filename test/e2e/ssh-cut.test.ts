/**
 * Connections that are cut when a certain command has been sent and before its answer: the server itself cuts them, so
 * that it is certain where. What to do next is decided by a look at the array, never by a guess.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { startSshd } from '../drivers/ssh/sshd.ts';
import { ensureBuilt, expectNoChanges } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { describeOnTgt, filesOf, targetNamed, useTgt } from './tgt.ts';

beforeAll(ensureBuilt);

/** Words that only the script of this operation has. */
const SCRIPTS = { create: '-- "$tmp" "$new"', target: '--op new --mode target', map: '--bstype rdwr' } as const;
type Script = keyof typeof SCRIPTS;

interface Cut {
  readonly script: Script;
  /** The how manieth run of that script, from 1. */
  readonly run: number;
  /** `done`: the command does its work, and its answer is lost. `lost`: it is sent, and does nothing. */
  readonly work: 'done' | 'lost';
}

/** What root's commands go through: it counts the scripts, and where a cut is planned it kills the connection. */
const WRAPPER = `#!/bin/sh
here=$(dirname "$0")
for script in create target map; do
  case $SSH_ORIGINAL_COMMAND in
    *"$(cat "$here/$script.words")"*)
      echo run >>"$here/$script.runs"
      plan=$here/$script.$(grep -c . "$here/$script.runs")
      if [ -e "$plan" ]; then
        if [ "$(cat "$plan")" = done ]; then
          /bin/sh -c "$SSH_ORIGINAL_COMMAND" >/dev/null 2>&1 || echo "$?" >>"$plan.failed"
        fi
        mv "$plan" "$plan.hit"
        kill -s KILL $PPID
        exit 1
      fi ;;
  esac
done
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`;

async function cuttingSshd(cuts: readonly Cut[]) {
  const sshd = await startSshd();
  await sshd.stop();
  const directory = join(sshd.directory, 'cuts');
  mkdirSync(directory);
  const wrapper = join(directory, 'wrapper');
  writeFileSync(wrapper, WRAPPER, { mode: 0o755 });
  for (const [script, words] of Object.entries(SCRIPTS)) writeFileSync(join(directory, `${script}.words`), words);
  for (const { script, run, work } of cuts) writeFileSync(join(directory, `${script}.${run}`), work);
  const config = join(sshd.directory, 'sshd_config');
  writeFileSync(config, `${readFileSync(config, 'utf8')}ForceCommand ${wrapper}\n`);
  await sshd.start();
  onTestFinished(() => sshd.remove());
  const named = (end: string) => readdirSync(directory).filter((name) => name.endsWith(end));
  const runs = (script: Script) =>
    readFileSync(join(directory, `${script}.runs`), 'utf8')
      .trim()
      .split('\n').length;
  return { sshd, runs, hits: () => named('.hit').sort(), failures: () => named('.failed') };
}

describeOnTgt('over an SSH connection that is cut in mid-command', () => {
  const fresh = useTgt();

  it.each([
    {
      name: 'whose answers are lost: what was done is found and not done again',
      work: 'done' as const,
      runs: { create: 4, target: 1, map: 3 },
    },
    {
      name: 'which loses the commands: what was not done is found missing and done again',
      work: 'lost' as const,
      runs: { create: 6, target: 2, map: 5 },
    },
  ])('$name', async ({ work, runs: expected }) => {
    const cuts: Cut[] = [
      { script: 'create', run: 1, work },
      { script: 'create', run: 3, work },
      { script: 'target', run: 1, work },
      { script: 'map', run: 1, work },
      { script: 'map', run: 3, work },
    ];
    const { sshd, runs, hits, failures } = await cuttingSshd(cuts);
    const world = await fresh(stack(numbered(4), { 'app-1': ['data-01', 'data-02', 'data-03'] }));
    world.declare([`endpoint: ssh://root@127.0.0.1:${sshd.port}`, `credential: file:${sshd.keyFile}`]);
    await world.expect(0, 'apply', 'plans', '--yes', '--parallel', '1');
    expect(hits()).toEqual(['create.1.hit', 'create.3.hit', 'map.1.hit', 'map.3.hit', 'target.1.hit']);
    expect(failures()).toEqual([]);
    expect({ create: runs('create'), target: runs('target'), map: runs('map') }).toEqual(expected);
    expect(filesOf(world.array)).toHaveLength(4);
    expect((await targetNamed(world.array, 'app-1')).luns.map(({ lun }) => lun)).toEqual([1, 2, 3]);
    await expectNoChanges(world, 'plans');
  });
});
