/** Plan text against the vault: a storage system that refers to a secret which isn't there can't be reached. */
import type { Diagnostic, Severity } from '../../lib/diagnostic.ts';
import type { DesiredGraph } from '../config/desired.ts';
import { vaultReferences } from '../model/credential.ts';
import type { StateStore } from '../state/store.ts';
import { readSecret } from '../state/vault.ts';
import { noSuchSecret } from './credentials.ts';

/** Reads the vault only when something refers to it. */
export async function missingSecrets(
  store: StateStore,
  graph: DesiredGraph,
  severity: Severity,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const stack of graph.stacks) {
    for (const [address, node] of stack.nodes) {
      for (const { name, path } of vaultReferences(node.spec)) {
        if ((await readSecret(store, name)) !== undefined) continue;
        found.push({ ...noSuchSecret(name), severity, address, span: node.spanOf([...path]) });
      }
    }
  }
  return found;
}
