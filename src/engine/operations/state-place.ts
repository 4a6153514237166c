/**
 * The place of the state as operations use it: opens the store that the location names, says where logs go, and what to do
 * when the store is in trouble. The libraries of the stores are loaded only for the one that is used.
 */
import { assert } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import { isDirectory, type LocationEnvironment, parseStateLocation } from '../state/location.ts';
import type { StateStore } from '../state/store.ts';

/** What the process knows of its surroundings. */
export interface Surroundings {
  /** For the files of certificates: COPRHD_STATE_CA, _CERT, _KEY. */
  readonly env?: LocationEnvironment;
  /** Where programs of this user keep what lasts (XDG_STATE_HOME): logs of a state that is no directory go there. */
  readonly stateHome?: string;
}

export interface StatePlace {
  /** For messages. */
  readonly text: string;
  readonly fix: string;
  open(env: { readonly clock: Clock; readonly random: Random }, options?: { create: boolean }): Promise<StateStore>;
  /** Of an installation; several may be used from one machine. */
  logDirectory(installationId: string): string;
}

/** Throws OperationError (usage) when the text names no place. */
export function statePlace(text: string, surroundings: Surroundings = {}): StatePlace {
  const location = parseStateLocation(text, surroundings.env);
  if (location.type === 'directory') {
    const { directory } = location;
    return {
      text: directory,
      fix: 'check that the state is a directory, its permissions, and the space left on its file system',
      open: async (env, { create } = { create: false }) => {
        const { openLmdbStore } = await import('../state/lmdb/lmdb-store.ts');
        return openLmdbStore({ directory, ...env, create });
      },
      logDirectory: () => directory,
    };
  }
  return {
    text: location.text,
    fix: 'check that most members of the cluster run, that one of those named can be reached from here, and the certificates and rights of the user',
    open: async (env) => {
      const { openEtcdStore } = await import('../state/etcd/etcd-store.ts');
      return openEtcdStore({ location, ...env });
    },
    logDirectory: (installationId) => {
      assert(surroundings.stateHome !== undefined, 'a state on etcd needs a directory for its logs');
      return `${surroundings.stateHome}/coprhd/${installationId}`;
    },
  };
}

/** Whether plan files lie beside the state, so that their names can start there. */
export function isDirectoryState(text: string): boolean {
  return isDirectory(text);
}
