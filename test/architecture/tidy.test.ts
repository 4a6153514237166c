import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUILT_IN_DRIVERS } from '../../src/engine/operations/drivers.ts';
import { INPUTS } from '../../src/engine/operations/inputs.ts';
import { DIAGNOSTIC_CODES } from '../../src/lib/diagnostic-codes.ts';
import { listFiles, ROOT, readSources } from './sources.ts';

const sources = readSources(['src', 'drivers']);
const LINES_MAX = 400;

test('no source or test file is longer than 400 lines', () => {
  const long = [...sources, ...readSources(['test'])].filter(({ lines }) => lines > LINES_MAX);
  expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});

/** The engine is deterministic given its Env: these are the edges where the world comes in. */
const EDGES: readonly RegExp[] = [
  /^src\/lib\/(clock|random)\.ts$/,
  /^src\/engine\/driver\/(local\.ts$|ssh\/|rest\/)/,
  /^src\/engine\/state\/(lmdb\/|etcd\/|log\.ts)/,
  /^drivers\/simulator\/(disk|disk-[a-z-]+|array-lock)\.ts$/,
  /^drivers\/simulator\/fos\/serve\/(ssh|http|time)\.ts$/,
  /^drivers\/simulator\/mds\/ssh\/server\.ts$/,
];
const BANNED_GLOBALS = ['Date', 'setTimeout', 'setInterval', 'setImmediate', 'process', 'performance', 'fetch'];
const BANNED_MEMBERS = ['Math.random', 'crypto.randomUUID'];
const BANNED_MODULES =
  /^(node:)?(fs|fs\/promises|net|http|https|child_process|timers|timers\/promises|process|os|worker_threads|dgram|tls|dns)$/;

test('clock, random, processes, files and sockets are touched only at the edges', () => {
  const wrong = sources
    .filter(({ path }) => /^(src\/engine|drivers)\//.test(path) && !EDGES.some((edge) => edge.test(path)))
    .flatMap(({ path, code, members, imports }) => [
      ...BANNED_GLOBALS.filter((name) => new RegExp(`(?<![.\\w$])${name}\\s*[.(]`).test(code)).map(
        (name) => `${path}: ${name}`,
      ),
      ...BANNED_MEMBERS.filter((name) => members.has(name)).map((name) => `${path}: ${name}`),
      ...imports.filter(({ target }) => BANNED_MODULES.test(target)).map(({ target }) => `${path}: ${target}`),
    ]);
  expect(wrong).toEqual([]);
});

test('config, placement, paths, zoning, planner and model are synchronous', () => {
  const wrong = sources
    .filter(({ path }) => /^src\/engine\/(config|placement|paths|zoning|planner|model)\//.test(path))
    .filter(({ code }) => /\b(async|await|Promise)\b/.test(code))
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});

test('every diagnostic code in the sources is listed, and every listed one is used', () => {
  const used = new Set(
    sources
      .filter(({ path }) => !path.endsWith('diagnostic-codes.ts'))
      .flatMap(({ strings }) => [...strings].filter((text) => /^COPRHD-[A-Z]+-\d{3}$/.test(text))),
  );
  const listed = Object.keys(DIAGNOSTIC_CODES);
  expect([...used].filter((code) => !listed.includes(code))).toEqual([]);
  expect(listed.filter((code) => !used.has(code))).toEqual([]);
});

test('default exports are only oclif commands and driver manifests', () => {
  const wrong = sources
    .filter(({ text }) => /^export default\b/m.test(text))
    .map(({ path }) => path)
    .filter((path) => !/^src\/commands\//.test(path) && !/^drivers\/[a-z-]+\/index\.ts$/.test(path));
  expect(wrong).toEqual([]);
});

test('only coprhd/driver is a barrel', () => {
  const barrels = sources.filter(({ text }) => /^export \* from/m.test(text)).map(({ path }) => path);
  expect(barrels).toEqual(['src/engine/driver/index.ts']);
});

test('every operation has a command, or is what the daemon asks at its door', () => {
  const commands = readSources(['src/commands', 'src/daemon']).map(({ text }) => text);
  const isCalled = (name: string) => {
    const call = new RegExp(`\\.call\\(\\s*'${name.replace('.', '\\.')}'`);
    return commands.some((text) => call.test(text));
  };
  const lacking = Object.keys(INPUTS).filter((name) => !isCalled(name));
  expect(lacking).toEqual([]);
});

test('the built-in drivers are the folders under drivers/, each with a manifest and a README', () => {
  const folders = readdirSync(join(ROOT, 'drivers')).sort();
  expect(folders).toEqual([...BUILT_IN_DRIVERS]);
  for (const name of folders) {
    expect(existsSync(join(ROOT, 'drivers', name, 'index.ts')), name).toBe(true);
    expect(existsSync(join(ROOT, 'drivers', name, 'README.md')), name).toBe(true);
  }
});

test('every module says on top what it is for', () => {
  const silent = sources.filter(({ text }) => !/^(#![^\n]*\n)?\s*(\/\*\*|\/\/)/.test(text)).map(({ path }) => path);
  expect(silent).toEqual([]);
});

test('no left-over words and no focused or silently skipped tests', () => {
  const words = /\b(TODO|FIXME|XXX|HACK)\b|console\.debug|\bdebugger\b/;
  const left = sources.filter(({ text }) => words.test(text)).map(({ path }) => path);
  expect(left).toEqual([]);
  const focused = listFiles('test', /\.test\.ts$/)
    .filter((path) => !path.includes('architecture/'))
    .filter((path) => /\b(describe|test|it)\.only\(/.test(readFileSync(join(ROOT, path), 'utf8')));
  expect(focused).toEqual([]);
});

test('the lock file knows the packages of every platform, else npm ci refuses it', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => packages[`node_modules/${name}`] === undefined);
  expect(missing, 'run node scripts/complete-lock.js').toEqual([]);
});
