#!/usr/bin/env node
// From nothing to a LUN that was planned, created, exported, written and read over iSCSI. Prints every command it runs,
// so that a reader learns the tool. As root on Debian: a real, private iSCSI target. Else: the same stack, simulated.
//   npm run quickstart            runs everything and tears it down again
//   npm run quickstart -- --keep  leaves it running, and says how to end it
//   npm run quickstart -- --simulator  uses the simulator in any case
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startTgtArray, stopTgtArray } from './lib/tgt-array.js';

const FLAGS = {
  '--keep': 'leave it running, and say how to end it',
  '--end': 'end what --keep left, data included',
  '--simulator': 'use a simulated array in any case',
  '--help': 'this',
};

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const unknown = process.argv.slice(2).filter((flag) => !(flag in FLAGS));
if (unknown.length > 0 || process.argv.includes('--help')) {
  if (unknown.length > 0) console.error(`unknown: ${unknown.join(' ')}`);
  console.log('npm run quickstart -- [FLAG...]');
  for (const [flag, what] of Object.entries(FLAGS)) console.log(`  ${flag.padEnd(12)} ${what}`);
  process.exit(unknown.length > 0 ? 64 : 0);
}
if (!existsSync('dist/src/commands')) {
  console.error('coprhd is not built yet: run `npm ci` first.');
  process.exit(1);
}
const keep = process.argv.includes('--keep');
const INITIATOR = 'iqn.2026-01.io.coprhd.quickstart:app-1';
const STRANGER = 'iqn.2026-01.io.coprhd.quickstart:stranger';
const HOME = '.quickstart';
const ARRAY = `${HOME}/array`;
const KEPT = `${HOME}/kept`;
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, COPRHD_STATE: `${HOME}/state` };
const startedAtMs = Date.now();

const printCommand = (line) => console.log(`\n$ ${line.replaceAll(root, '')}`);
const say = (text) => console.log(`\n# ${text}`);

/** Runs a command with its line printed first. `expect` are the exit codes that are right here. */
function run(line, { expect = [0], quiet = false } = {}) {
  return new Promise((resolve) => {
    console.log(`\n$ ${line}`);
    const [program, ...args] = line.match(/"[^"]*"|\S+/g).map((word) => word.replaceAll('"', ''));
    const argv =
      program === 'coprhd'
        ? [process.execPath, 'bin/run.js', ...args, ...(args.includes('--json') ? [] : ['--human'])]
        : [program, ...args];
    const child = spawn(argv[0], argv.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (!quiet) process.stdout.write(chunk);
    });
    child.on('error', (error) => stop(`could not run ${program}: ${error.message}`));
    child.on('close', (code) => {
      if (!expect.includes(code)) stop(`${program} ended with exit code ${code}, expected ${expect.join(' or ')}`);
      resolve({ output, code });
    });
  });
}

function stop(why) {
  console.error(`\nquickstart failed: ${why}`);
  cleanUp();
  process.exit(1);
}

function check(what, seen, shown) {
  if (String(seen).toLowerCase() !== String(shown).toLowerCase())
    stop(`${what}: the initiator sees ${seen}, coprhd shows ${shown}`);
  console.log(`ok  ${what}: ${seen}`);
}

function cleanUp() {
  if (existsSync(ARRAY)) stopTgtArray(ARRAY, printCommand);
  rmSync(HOME, { recursive: true, force: true });
}

/** Why the real target can't be used here; undefined when it can. */
function whySimulated() {
  if (process.argv.includes('--simulator')) return 'as asked';
  const setup = spawnSync(process.execPath, ['scripts/setup.js', '--quiet'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  return setup.status === 0
    ? undefined
    : setup.stderr.trim().split('\n').at(-1) || 'the packages could not be installed';
}

if (process.argv.includes('--end')) {
  const there = existsSync(HOME);
  cleanUp();
  console.log(there ? `Ended: ${HOME}/ is gone.` : 'Nothing is running.');
  process.exit(0);
}
if (existsSync(KEPT)) {
  console.error(`A quickstart that was kept is there (${HOME}/). End it, data included: npm run quickstart -- --end`);
  process.exit(3);
}
const simulated = whySimulated();
cleanUp();
const readyAtMs = Date.now();
const plans = simulated
  ? 'plans/quickstart/simulator/infrastructure.simulator.yaml plans/quickstart/stack.yaml'
  : 'plans/quickstart';
if (simulated) {
  console.log(`No real iSCSI target here (${simulated}): the same stack on a simulated array.`);
  await run(`coprhd sim up --directory ${HOME}/simulator`);
} else {
  say('A private iSCSI target: own socket, own portals, own directory. Nothing else on this machine is touched.');
  const array = await startTgtArray({
    directory: ARRAY,
    controlPort: 1,
    sizeBytes: 2 * 1024 ** 3,
    keep: true,
    onCommand: printCommand,
  });
  console.log(`tgtd on ${array.portals.join(' and ')}, pool ${array.poolDirectory}`);
}

say('An empty state, and a look at the files.');
await run('coprhd init');
await run(`coprhd validate ${plans}`);
say('What would be done. Nothing is changed yet.');
await run(`coprhd plan ${plans}`);
say('Do it.');
await run(`coprhd apply ${plans} --yes`);

say('What was made.');
await run('coprhd show export.app-1');
const { output } = await run('coprhd show export.app-1 --json', { quiet: true });
const maps = JSON.parse(output)
  .resources[0].children.map((child) => child.attributes)
  .sort((a, b) => a.hlu - b.hlu);
if (simulated) {
  for (const map of maps) console.log(`${map.volume}: LUN ${map.hlu} of ${map.targetName}, WWN ${map.wwn}`);
} else {
  await useOverIscsi(maps);
}

say('A second plan finds nothing to do.');
const again = await run(`coprhd plan ${plans} --exit-code`);
if (!again.output.includes('No changes')) stop('the second plan is not empty');

if (keep) {
  writeFileSync(KEPT, '');
  say(`Left running under ${HOME}/. Go on with: export COPRHD_STATE=${HOME}/state; alias coprhd='node bin/run.js'`);
  console.log('End it with: npm run quickstart -- --end');
} else {
  say('Tear down: the stack first, then the infrastructure. Removing volumes needs their number, --yes is not enough.');
  await run('coprhd destroy --stack quickstart --confirm-destroy 2');
  await run('coprhd destroy --stack infrastructure --yes');
  cleanUp();
}
console.log(
  `\nquickstart done in ${((Date.now() - readyAtMs) / 1000).toFixed(1)} s (setup ${((readyAtMs - startedAtMs) / 1000).toFixed(1)} s)`,
);

/** The declared initiator finds, writes and reads its LUNs; somebody else is refused. */
async function useOverIscsi(maps) {
  for (const map of maps) {
    const [first, second] = map.portals;
    const url = (portal) => `iscsi://${portal}/${map.targetName}/${map.hlu}`;
    say(`What the initiator sees of ${map.volume}.`);
    const capacity = await run(`iscsi-readcapacity16 -s -i ${INITIATOR} ${url(first)}`, { quiet: true });
    check('size in bytes', capacity.output.trim(), map.sizeBytes);
    const identity = await run(`iscsi-inq -i ${INITIATOR} -e 1 -c 131 ${url(first)}`, { quiet: true });
    // Device identification page: the T10 designator holds the SCSI id in readable form.
    check('WWN', /Designator:\[([0-9a-f]{32})\]/i.exec(identity.output)?.[1], map.wwn);
    const target = await run(`iscsi-ls -s -i ${INITIATOR} iscsi://${first}`, { quiet: true });
    check('target', /^Target:(\S+)/m.exec(target.output)?.[1], map.targetName);
    check('LUN', new RegExp(`^Lun:(${map.hlu})\\s`, 'm').exec(target.output)?.[1], map.hlu);
    say('Write a pattern through one portal, read it back through the other.');
    const image = (portal) =>
      `--image-opts driver=iscsi,transport=tcp,portal=${portal},target=${map.targetName},lun=${map.hlu},initiator-name=${INITIATOR}`;
    await run(`qemu-io ${image(first)} -c "write -P 0xc0 1M 4M" -c flush`);
    await run(`qemu-io ${image(second)} -c "read -P 0xc0 1M 4M"`);
  }
  const [map] = maps;
  say('Another initiator is refused.');
  await run(`iscsi-inq -i ${STRANGER} iscsi://${map.portals[0]}/${map.targetName}/${map.hlu}`, { expect: [10] });
}
