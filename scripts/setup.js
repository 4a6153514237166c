#!/usr/bin/env node
// Installs what the quickstart and the tests on real parts need (Debian and its kin, as root). Does nothing, quickly,
// when all of it is there. Exit codes: 0 all is there, 1 apt-get failed, 3 it can't be installed from here.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Package -> a program, or a file under /usr/lib, that is there when it is installed. */
const PACKAGES = {
  tgt: hasProgram('tgtd') && hasProgram('tgtadm') && hasProgram('tgt-admin'),
  attr: hasProgram('getfattr') && hasProgram('setfattr'),
  'libiscsi-bin': hasProgram('iscsi-inq'),
  'qemu-utils': hasProgram('qemu-io'),
  'qemu-block-extra': hasQemuModule('block-iscsi.so'),
  xfsprogs: hasProgram('mkfs.xfs'),
  'etcd-server': hasProgram('etcd'),
  'etcd-client': hasProgram('etcdctl'),
  openssl: hasProgram('openssl'),
  'openssh-server': hasProgram('sshd'),
};

function hasProgram(name) {
  return PATHS.some((path) => {
    try {
      accessSync(join(path, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasQemuModule(name) {
  const libraries = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return libraries.some((library) => existsSync(join('/usr/lib', library, 'qemu', name)));
}

const quiet = process.argv.includes('--quiet');
const missing = Object.keys(PACKAGES).filter((name) => !PACKAGES[name]);
if (missing.length === 0) {
  if (!quiet) console.log('All packages are there.');
  process.exit(0);
}
if (process.getuid?.() !== 0 || !hasProgram('apt-get')) {
  const why = hasProgram('apt-get') ? 'only root can install them' : 'there is no apt-get here';
  console.error(`Missing packages: ${missing.join(' ')}; ${why}.`);
  process.exit(3);
}
const apt = (...args) =>
  spawnSync('apt-get', ['-q', '-y', ...args], {
    stdio: quiet ? ['ignore', 'ignore', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  });
const install = () => apt('install', '--no-install-recommends', ...missing);
let result = install();
if (result.status !== 0) {
  // The package lists may be missing or old.
  apt('update');
  result = install();
}
if (result.status !== 0) {
  if (quiet) process.stderr.write(result.stderr ?? '');
  console.error(`Could not install: ${missing.join(' ')}.`);
  process.exit(1);
}
if (!quiet) console.log(`Installed: ${missing.join(' ')}.`);
