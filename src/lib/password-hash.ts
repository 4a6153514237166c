/**
 * Hashes of passwords: scrypt with a salt of their own, its cost written beside, so that it can rise. Slow on purpose, and
 * done outside the event loop. Only operations/authentication.ts relies on it.
 */
import { createHash, createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from './random.ts';

/** About 50 ms and 32 MiB. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MEMORY_MAX = 128 * 2 ** 20;
const FORM = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = Buffer.from(random.bytes(SALT_BYTES));
  const hash = await derive(password, salt, COST, HASH_BYTES);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** False also for text that is no hash. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const match = FORM.exec(stored);
  if (!match) return false;
  const [, N, r, p, salt = '', hash = ''] = match;
  const wanted = Buffer.from(hash, 'base64');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await derive(password, Buffer.from(salt, 'base64'), cost, wanted.length);
  return timingSafeEqual(found, wanted);
}

/** Of nobody: what is compared with where there is no user, so that it takes as long. */
export const NOBODYS_HASH = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}==$${'A'.repeat(43)}=`;

function derive(
  password: string,
  salt: Buffer,
  cost: { readonly N: number; readonly r: number; readonly p: number },
  bytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letters are the same password, however a keyboard composes them.
    scrypt(password.normalize('NFC'), salt, bytes, { ...cost, maxmem: MEMORY_MAX }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
}

export const sha256Base64Url = (text: string): string => createHash('sha256').update(text).digest('base64url');

export const macOf = (text: string, key: string): string => createHmac('sha256', key).update(text).digest('base64url');

/** In a time that says nothing of where they differ. */
export function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
