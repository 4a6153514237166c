/**
 * What a node of a cluster has to be told before it can ask the state: where that is, who the node is, and the path of the
 * keys of the vault. Everything else is in state. A few lines of YAML, `name: value`, no more than these three names.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NODE } from '../../engine/operations/daemon-types.ts';
import { fail } from '../../lib/diagnostic.ts';
import { reasonOf } from './plan-files.ts';

export interface Bootstrap {
  /** As --state has it; a directory is absolute. */
  readonly state: string;
  readonly node: string;
  /** Absolute. */
  readonly key: string;
}

const NAMES = ['state', 'node', 'key'] as const;
const EXAMPLE = 'state: etcd://a,b,c/coprhd, node: node-1 and key: /etc/coprhd/key, a line each';

const refuse: (summary: string, fix: string) => never = (summary, fix) =>
  fail('error', { code: 'COPRHD-DAEMON-001', summary, fix });

/** Rejects with an OperationError that names file and line. Relative paths start where the file is. */
export function readBootstrap(file: string): Bootstrap {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(`${file} can't be read: ${reasonOf(error)}`, `write it: ${EXAMPLE}`);
  }
  const found = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const at = `${file}:${index + 1}`;
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const [, name = '', quoted, plain] = /^([a-z]+):\s*(?:"([^"]*)"|([^"#]*?))\s*(?:\s#.*)?$/.exec(line) ?? [];
    const value = quoted ?? plain;
    if (value === undefined || value === '') refuse(`${at}: not \`name: value\``, `write ${EXAMPLE}`);
    if (!(NAMES as readonly string[]).includes(name))
      refuse(`${at}: "${name}" is not known here`, `${EXAMPLE}; all else is in state: coprhd daemon configure`);
    if (found.has(name)) refuse(`${at}: ${name} stands here twice`, 'remove one');
    found.set(name, value!);
  }
  const need = (name: (typeof NAMES)[number]): string =>
    found.get(name) ?? refuse(`${file}: ${name} is missing`, `write ${EXAMPLE}`);
  const [state, node, key] = [need('state'), need('node'), need('key')];
  if (!NODE.test(node))
    refuse(`${file}: ${node} is not the name of a node`, 'letters, digits, dots, dashes and underscores, at most 64');
  const here = dirname(resolve(file));
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(state);
  return { state: isUrl ? state : resolve(here, state), node, key: resolve(here, key) };
}
