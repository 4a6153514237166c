#!/usr/bin/env node
// Compiles src/ and drivers/ to dist/ and writes oclif.manifest.json. Runs on `npm ci` (prepare) and on `npm run build`.
// zod and oclif become a few files, zod without its translations: finding and loading hundreds was most of a start.
// dist/ is replaced at once, so that a program that is starting never finds half of it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Packages that are bundled; each is many small files, and every file costs a start. */
const BUNDLED = /(from |import\()'(zod|@oclif\/core\/[a-z]+)'/g;

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = `${root}dist.${process.pid}`;
const old = `${root}dist.${process.pid}.old`;

const tsc = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`, '--outDir', fresh],
  { stdio: 'inherit', cwd: root },
);
if (tsc.status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(tsc.status ?? 1);
}
try {
  await bundlePackages(fresh);
} catch (error) {
  rmSync(fresh, { recursive: true, force: true });
  throw error;
}
try {
  renameSync(`${root}dist`, old);
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
renameSync(fresh, `${root}dist`);
rmSync(old, { recursive: true, force: true });

// With the manifest, a start loads the one command that runs and none for help.
const { Plugin } = await import('@oclif/core');
const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true });
await plugin.load();
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
writeFileSync(
  `${root}oclif.manifest.json`,
  `${JSON.stringify({ commands: plugin.manifest.commands, version }, null, 2)}\n`,
);

async function bundlePackages(dist) {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  const specifiers = new Set(
    files.flatMap(({ text }) => [...text.matchAll(BUNDLED)].map(([, , specifier]) => specifier)),
  );
  const nameOf = (specifier) => specifier.replace('@oclif/core/', 'oclif-').replaceAll('/', '-');
  const entries = {
    name: 'entries',
    setup: (bundle) => {
      bundle.onResolve({ filter: /^entry:/ }, ({ path }) => ({
        path: path.slice('entry:'.length),
        namespace: 'entry',
      }));
      // Names are listed: a bundler can't see those of a CommonJS module.
      bundle.onLoad({ filter: /.*/, namespace: 'entry' }, async ({ path }) => {
        const names = Object.keys(await import(path)).filter((name) => name !== 'default' && name !== 'module.exports');
        return { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir: root };
      });
      bundle.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
        contents: "export { default as en } from './en.js';",
        resolveDir: dirname(path),
      }));
    },
  };
  await build({
    entryPoints: [...specifiers].map((specifier) => ({ in: `entry:${specifier}`, out: nameOf(specifier) })),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir: join(dist, 'vendor'),
    plugins: [entries],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  for (const { path, text } of files) {
    const changed = text.replace(BUNDLED, (_all, how, specifier) => {
      const way = relative(dirname(path), join(dist, 'vendor', `${nameOf(specifier)}.js`)).replaceAll('\\', '/');
      return `${how}'${way.startsWith('.') ? way : `./${way}`}'`;
    });
    if (changed !== text) writeFileSync(path, changed);
  }
}
