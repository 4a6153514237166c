/**
 * Sessions to hosts, for what is run on them around a snapshot. A host is logged in to only if it shows the key that its administrator has
 * declared: there is no first time that would be trusted.
 */
import type { Clock } from '../../lib/clock.ts';
import { parseEndpoint } from '../../lib/endpoint.ts';
import { DriverError } from '../driver/errors.ts';
import { createQuiescingHost } from '../driver/quiesce.ts';
import { parseCredential } from '../model/credential.ts';
import type { OpenHost } from '../workflow/types.ts';
import type { CredentialResolver } from './credentials.ts';
import { sshHops } from './device-session.ts';

/** Which of a host's keys is asked for first; any other is taken where its fingerprint is the declared one. */
const KEY_TYPE = 'ssh-ed25519';

/** `local`: secrets of this process may be used; else only those of the vault. */
export function createHostSessions(
  clock: Clock,
  resolve: CredentialResolver,
  { local }: { readonly local: boolean } = { local: true },
): OpenHost {
  return async ({ name, spec: { quiesce } }) => {
    const endpoint = quiesce && parseEndpoint(quiesce.endpoint);
    const refuse = (why: string, hint: string): never => {
      throw new DriverError({ class: 'invalid', message: `host ${name}: ${why}`, hint });
    };
    if (!quiesce || endpoint?.type !== 'ssh')
      return refuse('it is not reached over SSH', 'declare its quiesce.endpoint');
    const { credential, hostKey } = quiesce;
    if (!local && parseCredential(credential)?.scheme !== 'vault') {
      return refuse('a daemon uses no secrets of its own machine for others', 'write credential: vault:NAME');
    }
    const [{ createSshSession }, { placeOf }] = await Promise.all([
      import('../driver/ssh/session.ts'),
      import('../driver/ssh/hop.ts'),
    ]);
    const hops = await sshHops({ name, endpoint: quiesce.endpoint, credential }, resolve);
    // Pinned before the first connection, by the very name under which it is looked for: none is taken as it comes.
    const hostKeys = hops.map((hop) => ({ at: placeOf(hop), type: KEY_TYPE, fingerprint: hostKey }));
    const session = createSshSession({ name, hops, hostKeys, clock });
    return createQuiescingHost(
      name,
      { ...session, run: (request) => session.run(request).catch(rightHint(name)) },
      quiesce,
      () => clock.nowMs(),
    );
  };
}

/** Of a host no key is pinned: it is declared. */
const rightHint = (name: string) => (error: unknown) => {
  if (!(error instanceof DriverError) || !error.hint?.includes('device trust')) throw error;
  throw new DriverError(
    {
      class: error.class,
      message: error.message.replace('has changed: pinned is', 'is not the declared one:'),
      hint: `somebody may be between; compare the fingerprint on ${name} itself, and declare that as its quiesce.hostKey`,
    },
    error,
  );
};
