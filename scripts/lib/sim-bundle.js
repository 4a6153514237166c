// Bundles the simulator (test/simulation/main.ts with the engine and the drivers) into one file that plain node runs, with
// the sources as they are or with one small thing broken: a canary. A patch must find its text exactly once, so that a
// canary can't become one that changes nothing.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'coprhd-sim');

/** Reaches the outside world, and is never called in a simulation. */
const OUTSIDE = /(ssh\/(session|route)|rest\/session|lmdb\/lmdb-store|etcd\/etcd-store|drivers\/tgt\/index)\.ts$/;

const made = new Set();
process.once('exit', () => {
  for (const file of made) rmSync(file, { force: true });
});

/**
 * Resolves with the path of the bundle, which is there until this process ends: a run of other sources beside it, or an
 * edit in the middle of it, must not change what later workers of this one are. `patches`: {file, find, replace}.
 */
export async function bundle(name, patches = []) {
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `${name}-${process.pid}.mjs`);
  made.add(outfile);
  const used = new Set();
  const patching = {
    name: 'patches',
    setup: ({ onLoad, onEnd }) => {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (OUTSIDE.test(path)) return { contents: 'export default undefined;', loader: 'ts' };
        const file = relative(root, path).replaceAll('\\', '/');
        const mine = patches.filter((patch) => patch.file === file);
        if (mine.length === 0) return undefined;
        let contents = readFileSync(path, 'utf8');
        for (const patch of mine) {
          const found = contents.split(patch.find).length - 1;
          if (found !== 1) return { errors: [{ text: `${name}: ${file} has ${found} times: ${patch.find}` }] };
          contents = contents.replace(patch.find, () => patch.replace);
          used.add(patch);
        }
        return { contents, loader: 'ts' };
      });
      onEnd(({ errors }) => {
        const unused = patches.filter((patch) => !used.has(patch));
        if (errors.length > 0 || unused.length === 0) return undefined;
        return { errors: unused.map(({ file }) => ({ text: `${name}: ${file} is not in the bundle` })) };
      });
    },
  };
  await build({
    entryPoints: [join(root, 'test/simulation/main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { 'coprhd/driver': join(root, 'src/engine/driver/index.ts') },
    external: ['lmdb', 'etcd3', 'ssh2', 'undici'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [patching],
    logLevel: 'error',
  });
  return outfile;
}
