/** The certificates of a connection, from files. Only etcd-store.ts relies on it. */
import { readFile } from 'node:fs/promises';
import type { TlsFiles } from '../location.ts';
import { StoreError } from '../store.ts';
import type { Credentials } from './connection.ts';

/** Rejects with StoreError naming the file that can't be read. Nothing of their contents is in any message. */
export async function readCredentials(files: TlsFiles): Promise<Credentials> {
  const read = async (file: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new StoreError(`can't read the certificate or key ${file}: ${reason}`, { unknown: false, cause });
    }
  };
  const [rootCertificate, certChain, privateKey] = await Promise.all([
    files.ca === undefined ? undefined : read(files.ca),
    files.cert === undefined ? undefined : read(files.cert),
    files.key === undefined ? undefined : read(files.key),
  ]);
  return {
    ...(rootCertificate ? { rootCertificate } : {}),
    ...(certChain && privateKey ? { certChain, privateKey } : {}),
  };
}
