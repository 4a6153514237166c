/** Key and certificate of the daemon: given ones, or a pair that the first start makes and later ones use. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** Made just now. */
  readonly made: boolean;
}

const DAYS = 3_650;
const DAY_MS = 24 * 3_600_000;

/**
 * `tls.key` and `tls.crt` in the directory; replacing both files and starting again is how a certificate of an authority
 * comes in. Throws when only one of them is there, or they can't be read.
 */
export async function keyPairIn(directory: string, nowMs: number): Promise<KeyPair> {
  const [keyFile, certFile] = [join(directory, 'tls.key'), join(directory, 'tls.crt')];
  if (existsSync(keyFile) || existsSync(certFile)) {
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), made: false };
  }
  const pair = await makeKeyPair(nowMs);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // The key first: a certificate alone is no pair, and a start that finds one says so.
  writeWhole(keyFile, pair.key, 0o600);
  writeWhole(certFile, pair.cert, 0o644);
  return { ...pair, made: true };
}

/** One that vouches for itself, for this machine's name and for localhost. */
export async function makeKeyPair(nowMs: number): Promise<Omit<KeyPair, 'made'>> {
  const { generate } = await import('selfsigned');
  const name = hostname();
  const pair = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: pair.private, cert: pair.cert };
}

function writeWhole(file: string, text: string, mode: number): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode });
  chmodSync(fresh, mode);
  renameSync(fresh, file);
}
