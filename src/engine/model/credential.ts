/**
 * References to secrets, the only form in which plan files and records know one: `env:NAME`, `file:PATH`, `vault:NAME`
 * for the encrypted store in state, and `agent` for an ssh-agent, which keeps the key to itself. What doesn't parse may be the secret itself and is never repeated to anybody.
 */
import { foldName } from './address.ts';

export type CredentialReference =
  | { readonly scheme: 'env'; readonly name: string }
  | { readonly scheme: 'file'; readonly path: string }
  | { readonly scheme: 'vault'; readonly name: string }
  | { readonly scheme: 'agent' };

/** Names, with slashes to put them in groups: `arrays/pmx-71`. */
export const SECRET_NAME_PATTERN = /^(?=.{1,128}$)[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/;

export const CREDENTIAL_FORMS = 'env:NAME, file:PATH, vault:NAME or, over SSH, agent';

export function parseCredential(text: string): CredentialReference | undefined {
  if (text === 'agent') return { scheme: 'agent' };
  const colon = text.indexOf(':');
  const [scheme, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  switch (scheme) {
    case 'env':
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest) ? { scheme, name: rest } : undefined;
    case 'file':
      return /^[^\s].*$/.test(rest) ? { scheme, path: rest } : undefined;
    case 'vault':
      return SECRET_NAME_PATTERN.test(rest) ? { scheme, name: rest } : undefined;
    default:
      return undefined;
  }
}

export interface VaultReference {
  /** As written. */
  readonly name: string;
  /** Where in the value. */
  readonly path: readonly string[];
}

const CREDENTIAL_KEY = /credential$/i;

/** References to the vault under keys of a spec that hold credentials (`credential`, `jumpCredential`), at any depth. */
export function vaultReferences(spec: unknown, path: readonly string[] = []): VaultReference[] {
  if (typeof spec !== 'object' || spec === null) return [];
  return Object.entries(spec).flatMap(([key, value]) => {
    const here = [...path, key];
    if (typeof value !== 'string') return vaultReferences(value, here);
    const reference = CREDENTIAL_KEY.test(key) ? parseCredential(value) : undefined;
    return reference?.scheme === 'vault' ? [{ name: reference.name, path: here }] : [];
  });
}

export const refersTo = (spec: unknown, secret: string): boolean =>
  vaultReferences(spec).some(({ name }) => foldName(name) === foldName(secret));
