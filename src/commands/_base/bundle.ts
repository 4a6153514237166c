/** The bundle of `doctor`: one .tar.gz, readable for its owner only. What goes into it is decided by the engine. */
import { gzipSync } from 'node:zlib';
import type { Check } from '../../engine/operations/types.ts';
import { writePrivateBytes } from './saved-plan.ts';
import { tarArchive } from './tar.ts';

export interface BundleContent {
  readonly version: string;
  readonly machine: { readonly nodeVersion: string; readonly platform: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly checks: readonly Check[];
  /** JSON documents by file name. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
}

const ABOUT = `Made by coprhd doctor --bundle. It holds names, addresses and identities of what is managed, and no secrets:
no value of the environment, nothing of the vault but names, no plan files.
`;

export async function writeBundle(file: string, content: BundleContent): Promise<void> {
  const { version, machine, env, checks, files, nowMs } = content;
  const about = {
    version,
    nodeVersion: machine.nodeVersion,
    platform: machine.platform,
    /** Names only. */
    variablesSet: Object.keys(env)
      .filter((name) => name.startsWith('COPRHD_'))
      .sort(),
  };
  const documents = { 'about.json': about, 'checks.json': checks, ...files };
  const entries = [
    { name: 'coprhd-bundle/README.txt', content: ABOUT },
    ...Object.entries(documents).map(([name, value]) => ({
      name: `coprhd-bundle/${name}`,
      content: `${JSON.stringify(value, undefined, 2)}\n`,
    })),
  ];
  await writePrivateBytes(file, gzipSync(tarArchive(entries, nowMs)));
}
