// A private iSCSI array on this machine: a tgtd of its own (own socket, control port and loopback portals) over a pool
// directory, which is a reflink XFS in a sparse file where that can be mounted. Nothing of the machine's own tgtd is
// touched. Used by the quickstart and by the tests; needs root and the packages of scripts/setup.js.
import { execFile, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GIB = 1024 ** 3;
const SIZE_BYTES_DEFAULT = 8 * GIB;
/** mkfs.xfs refuses less. */
const XFS_BYTES_MIN = 320 * 1024 ** 2;
const SOCKET_PATH_MAX = 100;
/** What the tgt driver takes; others mean something to tgt-admin's shell. */
const SAFE_PATH = /^[A-Za-z0-9._/+@-]+$/;
const READY_MS_MAX = 10_000;
const STATE_FILE = 'tgt-array.json';
const RUN_DIRECTORY = '/run/tgtd';
const ENV = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };

/**
 * Starts an array in `directory`, which is made when missing. `keep: true` leaves it running when this process ends
 * (`stopTgtArray(directory)` ends it); otherwise it ends with the process. `onCommand` is told each command line before
 * it is run.
 */
export async function startTgtArray({
  directory,
  portals,
  controlPort,
  sizeBytes = SIZE_BYTES_DEFAULT,
  keep = false,
  onCommand = () => {},
}) {
  const root = resolve(directory);
  if (!SAFE_PATH.test(root)) throw new Error(`${root}: a path here may have letters, digits and . _ / + @ - only`);
  stopTgtArray(root);
  const madeDirectory = !existsSync(root);
  mkdirSync(root, { recursive: true });
  const paths = {
    socket: join(root, 'tgtd.sock'),
    poolDirectory: join(root, 'pool'),
    configDirectory: join(root, 'config'),
  };
  if (paths.socket.length > SOCKET_PATH_MAX)
    throw new Error(`${root} is too long for a socket path; choose a shorter one`);
  const state = {
    ...paths,
    madeDirectory,
    madeRunDirectory: !existsSync(RUN_DIRECTORY),
    controlPort: controlPort ?? 1 + Math.floor(Math.random() * 30_000),
    portals: portals ?? (await freePortals(2)),
    mounted: false,
    reflink: false,
  };
  // Written before each thing it names, so that stopTgtArray finds what a killed process left.
  const save = () => writeFileSync(join(root, STATE_FILE), JSON.stringify(state));
  save();
  mkdirSync(paths.configDirectory, { recursive: true });
  mkdirSync(paths.poolDirectory, { recursive: true });
  state.mounted = true;
  save();
  state.mounted = state.reflink = await mountXfs(
    root,
    paths.poolDirectory,
    Math.max(sizeBytes, XFS_BYTES_MIN),
    onCommand,
  );
  save();

  const onExit = () => stopTgtArray(root);
  const launch = async () => {
    const pid = launchTgtd(root, state, onCommand);
    state.process = { pid, startTime: startTime(pid) };
    save();
    await ready(root, state);
  };
  const kill9 = async () => {
    killProcess(state.process);
    while (alive(state.process)) await sleep(10);
  };
  try {
    await launch();
  } catch (error) {
    stopTgtArray(root);
    throw error;
  }
  if (!keep) process.once('exit', onExit);
  return {
    socket: state.socket,
    controlPort: state.controlPort,
    poolDirectory: state.poolDirectory,
    configDirectory: state.configDirectory,
    portals: state.portals,
    reflink: state.reflink,
    tgtadm: async (...args) =>
      (await run('tgtadm', ['-C', String(state.controlPort), '--lld', 'iscsi', ...args], tgtEnv(state))).stdout,
    kill9,
    /** What the machine would do at boot: tgtd, then the targets that coprhd wrote down. */
    restart: async () => {
      await kill9();
      await launch();
      const main = join(state.configDirectory, 'coprhd.conf');
      if (existsSync(main)) await run('tgt-admin', ['-C', String(state.controlPort), '-e', '-c', main], tgtEnv(state));
    },
    stop: async () => {
      process.removeListener('exit', onExit);
      stopTgtArray(root);
    },
  };
}

/** Ends the array in `directory` and removes all that it made; nothing there is fine. Synchronous, for exit handlers. */
export function stopTgtArray(directory, onCommand = () => {}) {
  const root = resolve(directory);
  const file = join(root, STATE_FILE);
  if (!existsSync(file)) return;
  const state = JSON.parse(readFileSync(file, 'utf8'));
  if (alive(state.process)) onCommand(`kill -KILL ${state.process.pid}`);
  killProcess(state.process);
  for (let attempt = 0; attempt < 500 && alive(state.process); attempt++) pause();
  if (state.mounted && isMounted(state.poolDirectory)) {
    onCommand(`umount ${state.poolDirectory}`);
    for (let attempt = 0; attempt < 500; attempt++) {
      if (spawnSync('umount', [state.poolDirectory], { env: ENV }).status === 0 || !isMounted(state.poolDirectory))
        break;
      if (attempt === 499) throw new Error(`${state.poolDirectory} is still in use and stays mounted`);
      pause();
    }
  }
  for (const path of [state.poolDirectory, state.configDirectory, join(root, 'pool.img'), join(root, 'tgtd.log')]) {
    rmSync(path, { recursive: true, force: true });
  }
  rmSync(`${state.socket}.${state.controlPort}`, { force: true });
  rmSync(`${state.socket}.${state.controlPort}.lock`, { force: true });
  rmSync(file);
  if (state.madeDirectory) removeEmpty(root);
  if (state.madeRunDirectory) removeEmpty(RUN_DIRECTORY);
}

async function mountXfs(root, mountPoint, sizeBytes, onCommand) {
  const image = join(root, 'pool.img');
  closeSync(openSync(image, 'w'));
  truncateSync(image, sizeBytes);
  onCommand(`truncate -s ${sizeBytes} ${image}`);
  try {
    onCommand(`mkfs.xfs -q -m reflink=1 ${image}`);
    await run('mkfs.xfs', ['-q', '-m', 'reflink=1', image], { env: ENV });
    onCommand(`mount -o loop ${image} ${mountPoint}`);
    await run('mount', ['-o', 'loop', image, mountPoint], { env: ENV });
    return true;
  } catch {
    // No loop devices or no XFS here: files in a plain directory do, without reflinks.
    rmSync(image, { force: true });
    return false;
  }
}

function launchTgtd(root, state, onCommand) {
  const log = openSync(join(root, 'tgtd.log'), 'a');
  const portals = state.portals.map((portal) => `portal=${portal}`).join(',');
  const args = ['-f', '-t', '1', '-C', String(state.controlPort), '--iscsi', portals];
  onCommand(`TGT_IPC_SOCKET=${state.socket} tgtd ${args.join(' ')} &`);
  const child = spawn('tgtd', args, {
    ...tgtEnv(state),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.on('error', () => {});
  child.unref();
  closeSync(log);
  if (child.pid === undefined) throw new Error('tgtd could not be started; run scripts/setup.js as root first');
  return child.pid;
}

async function ready(root, state) {
  for (let waitedMs = 0; ; waitedMs += 20) {
    const shown = await run(
      'tgtadm',
      ['-C', String(state.controlPort), '--op', 'show', '--mode', 'portal'],
      tgtEnv(state),
    ).catch(() => ({ stdout: '' }));
    if (state.portals.every((portal) => shown.stdout.includes(`Portal: ${portal},`))) return;
    if (waitedMs > READY_MS_MAX || !alive(state.process)) {
      throw new Error(`tgtd did not start: ${readFileSync(join(root, 'tgtd.log'), 'utf8').slice(-2_000)}`);
    }
    await sleep(20);
  }
}

/** Loopback addresses of their own with the iSCSI port, so that several arrays run side by side. */
async function freePortals(count) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const net = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
    const addresses = Array.from({ length: count }, (_, index) => `${net}.${11 + index}`);
    // A tgtd of the machine's own may hold the port on every address.
    const port = attempt < 10 ? 3260 : 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(addresses.map((address) => isFree(address, port)));
    if (free.every(Boolean)) return addresses.map((address) => `${address}:${port}`);
  }
  throw new Error('no free loopback address was found');
}

function isFree(host, port) {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ host, port }, () => server.close(() => done(true)));
  });
}

function tgtEnv(state) {
  return { env: { ...ENV, TGT_IPC_SOCKET: state.socket } };
}

/**
 * Ticks since boot; with the pid it names a process for good. Undefined: there is none, or it is a zombie. One whose other
 * threads still run is not: they hold its files.
 */
function startTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const threads = Number(fields[17]);
    return fields[0] === 'Z' && threads <= 1 ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function alive(child) {
  return child !== undefined && child.startTime !== undefined && startTime(child.pid) === child.startTime;
}

function killProcess(child) {
  if (alive(child)) process.kill(child.pid, 'SIGKILL');
}

function isMounted(path) {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === path);
}

function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}

function removeEmpty(directory) {
  try {
    rmdirSync(directory);
  } catch {
    // Somebody else put something there.
  }
}
