/**
 * Addresses: `[stack/]kind.name`, the names that people use. An address is an alias of a URN within a tenant and can
 * move; inside a plan document the stack is left out.
 */
import { isKindName, type KindName } from './kinds.ts';

export const NAME_PATTERN = /^[A-Za-z0-9_.-]{1,128}$/;
export const INFRASTRUCTURE_STACK = 'infrastructure';
/** No name that a stack can have: what is made by name, and not by a file, is in none. */
export const NO_STACK = '@by-name';

export interface Address {
  readonly stack?: string;
  readonly kind: KindName;
  readonly name: string;
}

/** `volume.data-01`, the form within a stack. */
export function localAddress(kind: KindName, name: string): string {
  return `${kind}.${name}`;
}

export function formatAddress(address: Address): string {
  const local = localAddress(address.kind, address.name);
  return address.stack === undefined ? local : `${address.stack}/${local}`;
}

/** Undefined when the text isn't an address (it may still be a bare name). */
export function parseAddress(text: string): Address | undefined {
  const slash = text.indexOf('/');
  const stack = slash < 0 ? undefined : text.slice(0, slash);
  const local = slash < 0 ? text : text.slice(slash + 1);
  const dot = local.indexOf('.');
  if (dot < 0 || stack === '') return undefined;
  const kind = local.slice(0, dot);
  const name = local.slice(dot + 1);
  if (!isKindName(kind) || !NAME_PATTERN.test(name)) return undefined;
  return stack === undefined ? { kind, name } : { stack, kind, name };
}

/** Names are unique ignoring case. */
export function foldName(name: string): string {
  return name.toLowerCase();
}
