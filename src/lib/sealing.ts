/**
 * Sealing of secrets with AES-256-GCM, and the keys for it. A key has an id that follows from it, so that a wrong key is
 * told from a damaged text; a sealed text is bound to its purpose (additional data), so that one can't stand for another.
 * Pure but for the randomness it is given. Only the vault of state (engine/state/vault.ts) relies on it.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from './random.ts';
import { Redacted } from './redacted.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_PURPOSE = 'coprhd sealing key id';

/** 32 bytes, as text in base64. */
export interface SealingKey {
  /** 16 hex digits; says nothing about the key. */
  readonly id: string;
  readonly text: Redacted;
}

export interface Sealed {
  readonly keyId: string;
  /** Base64: nonce, then the sealed text, then the tag. */
  readonly sealed: string;
}

export function newSealingKey(random: Random): SealingKey {
  return keyOf(Buffer.from(random.bytes(KEY_BYTES)));
}

function keyOf(bytes: Buffer): SealingKey {
  const id = createHmac('sha256', bytes).update(KEY_ID_PURPOSE).digest('hex').slice(0, 16);
  return { id, text: new Redacted(bytes.toString('base64')) };
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly SealingKey[] }
  /** 1-based; what stands there is never repeated. */
  | { readonly ok: false; readonly line: number };

/**
 * Keys as people keep them: 32 bytes each in base64 or in hex, one a line or between commas, the newest last. Empty lines
 * and lines that begin with # don't count.
 */
export function parseSealingKeys(text: Redacted): ParsedKeys {
  const keys: SealingKey[] = [];
  for (const [index, line] of text.reveal().split('\n').entries()) {
    if (line.trim().startsWith('#')) continue;
    for (const word of line.split(/[\s,]+/)) {
      if (word === '') continue;
      const bytes = keyBytes(word);
      if (bytes === undefined) return { ok: false, line: index + 1 };
      const key = keyOf(bytes);
      if (!keys.some(({ id }) => id === key.id)) keys.push(key);
    }
  }
  return { ok: true, keys };
}

function keyBytes(word: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(word)) return Buffer.from(word, 'hex');
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(word)) return undefined;
  const bytes = Buffer.from(word, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

/** `purpose` has to be the same when it is opened. */
export function seal(plain: Redacted, key: SealingKey, purpose: string, random: Random): Sealed {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, Buffer.from(key.text.reveal(), 'base64'), nonce);
  cipher.setAAD(additionalData(purpose, key.id));
  const body = Buffer.concat([cipher.update(plain.reveal(), 'utf8'), cipher.final()]);
  return { keyId: key.id, sealed: Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64') };
}

/** Undefined when the text was changed, or was sealed with another key or for another purpose. */
export function unseal({ keyId, sealed }: Sealed, key: SealingKey, purpose: string): Redacted | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (key.id !== keyId || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, Buffer.from(key.text.reveal(), 'base64'), nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(purpose, keyId));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    const body = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
    return new Redacted(Buffer.concat([body, decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}

function additionalData(purpose: string, keyId: string): Buffer {
  return Buffer.from(JSON.stringify(['coprhd-sealed-1', keyId, purpose]), 'utf8');
}
