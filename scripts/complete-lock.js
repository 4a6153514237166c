#!/usr/bin/env node
// Completes package-lock.json with the optional packages of other platforms. npm leaves out those that it could not look
// up, and then refuses the lock file (`npm ci`: "Missing: ... from lock file"). Run it after `npm install`; a test checks it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PLATFORM =
  /(android|darwin|linux|win32|freebsd|openharmony)-(arm64|x64|arm|ia32|ppc64|riscv64|s390x)(?:-(gnu|musl|msvc|eabi)[a-z]*)?$/;
const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
let added = 0;
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key]) continue;
    const platform = PLATFORM.exec(name);
    if (!platform) throw new Error(`${name}: for which platform is it?`);
    const [, os, cpu, abi] = platform;
    const libc = os === 'linux' && abi === 'musl' ? ['musl'] : os === 'linux' && abi === 'gnu' ? ['glibc'] : undefined;
    lock.packages[key] = {
      version,
      cpu: [cpu],
      ...(owner.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      license: owner.license,
      optional: true,
      os: [os],
      ...(owner.engines ? { engines: owner.engines } : {}),
    };
    added++;
  }
}
const { '': project, ...rest } = lock.packages;
const sorted = Object.fromEntries(Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: { '': project, ...sorted } }, null, 2)}\n`);
console.log(`${added} packages added`);
