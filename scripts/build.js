#!/usr/bin/env node
// Bundles src/ and drivers/ into dist/ and writes oclif.manifest.json. Runs on `npm ci` (prepare) and on `npm run build`.
// Finding and loading hundreds of modules was most of a start: what is always loaded together becomes one file, oclif and
// zod (without its translations) included. Each command and driver stays a file of its own, loaded when it is needed.
// dist/ is replaced at once, so that a program that is starting never finds half of it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = `${root}dist.${process.pid}`;
const old = `${root}dist.${process.pid}.old`;

/** zod and oclif are bundled, all other packages stay where npm put them. */
const packages = {
  name: 'packages',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, namespace }) => {
      // oclif uses it where plugins are run from sources.
      if (path === 'typescript') return { path, external: true };
      if (namespace !== 'file' || importer.includes('node_modules') || path.startsWith('coprhd/')) return undefined;
      if (/^@oclif\/core\//.test(path)) return { path, namespace: 'names' };
      return path === 'zod' || importer === '' ? undefined : { path, external: true };
    });
    // Names are listed: a bundler can't see those of a CommonJS module.
    onLoad({ filter: /.*/, namespace: 'names' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default' && name !== 'module.exports');
      return { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir: root };
    });
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

try {
  declareTypes();
  await bundle();
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

/** For those who write drivers: the types that `coprhd/driver` exports. */
function declareTypes() {
  const tsc = spawnSync(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`, '--outDir', fresh],
    { stdio: 'inherit', cwd: root },
  );
  if (tsc.status !== 0) throw new Error('the types do not compile');
}

async function bundle() {
  const commands = readdirSync(`${root}src/commands`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes(`${sep}_base${sep}`));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      ...commands,
      'src/commands/_base/main.ts',
      'src/commands/_base/process-context.ts',
      'src/engine/driver/index.ts',
      // The door of the engine, for tests and benchmarks that start it in processes of their own.
      'src/engine/operations/local-client.ts',
      'src/commands/_base/plan-files.ts',
    ],
    outbase: root,
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    chunkNames: 'shared/[name]-[hash]',
    alias: { 'coprhd/driver': './src/engine/driver/index.ts' },
    plugins: [packages],
    banner: {
      js: "import { createRequire as $requireOf } from 'node:module'; const require = $requireOf(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(`${fresh}/modules.json`, `${JSON.stringify(modulesOf(metafile), null, 1)}\n`);
}

/** Which sources each file of dist/ is made of; packages by their names. */
function modulesOf({ outputs }) {
  const nameOf = (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.replace(/^names:/, '');
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([path]) => path.endsWith('.js'))
      .map(([path, { inputs }]) => [
        relative(fresh, join(root, path)),
        [...new Set(Object.keys(inputs).map(nameOf))].sort(),
      ]),
  );
}
