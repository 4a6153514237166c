/** Lets oclif find the commands in src/ instead of dist/ (bin/dev.js), without the manifest of the build. */
import { readFile } from 'node:fs/promises';
import { Plugin } from '@oclif/core/config';
import type * as Interfaces from '@oclif/core/interfaces';

/** What is a command: everything under commands/ but _base/ and declarations. Kept equal to package.json by a test. */
export const COMMAND_PATTERNS = ['**/*.js', '!_base/**'];

export async function sourceOptions(root: string): Promise<Interfaces.LoadOptions> {
  const pjson = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as Interfaces.PJSON;
  pjson.oclif = {
    ...pjson.oclif,
    commands: { strategy: 'pattern', target: './src/commands', globPatterns: ['**/*.ts', '!_base/**'] },
  };
  const plugin = new Plugin({ root, pjson, isRoot: true, ignoreManifest: true });
  await plugin.load();
  return { root, pjson, plugins: [plugin] } as unknown as Interfaces.LoadOptions;
}
