/** A certificate authority and certificates of its own making for a test, valid for this machine and a few days. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from '../../src/engine/state/location.ts';

type Files = Required<TlsFiles>;

/** Answers with the files of each name; the name is the certificate's CN. */
export function makeCertificates(directory: string, names: readonly string[]): (name: string) => Files {
  const path = (file: string) => join(directory, file);
  const openssl = (...args: readonly string[]) =>
    void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const ca = path('ca.crt');
  openssl('req', '-x509', ...key, '-keyout', path('ca.key'), '-out', ca, '-days', '3', '-subj', '/CN=test-ca');
  const extensions = path('extensions');
  writeFileSync(
    extensions,
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n',
  );
  const files = new Map<string, Files>();
  for (const name of names) {
    const made = { ca, cert: path(`${name}.crt`), key: path(`${name}.key`) };
    const request = path(`${name}.csr`);
    openssl('req', ...key, '-keyout', made.key, '-out', request, '-subj', `/CN=${name}`);
    const signed = ['-CA', ca, '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '3', '-extfile', extensions];
    openssl('x509', '-req', '-in', request, '-out', made.cert, ...signed);
    files.set(name, made);
  }
  return (name) => files.get(name)!;
}
