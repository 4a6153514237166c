/**
 * Operations on the vault: init, set, list, remove, rotate. Values come in and never go out. Everything that changes it is
 * written to the audit log before it is done, so that no change can be missing there.
 */
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Redacted } from '../../lib/redacted.ts';
import { newSealingKey, type SealingKey } from '../../lib/sealing.ts';
import { nearest } from '../../lib/suggest.ts';
import { refersTo } from '../model/credential.ts';
import { inUse as specInUse } from '../model/credential-window.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import {
  type KeyInUse,
  listSecrets,
  putKeyInUse,
  putSecret,
  readKeyInUse,
  readSecret,
  removeSecret,
  resealAll,
  type Versioned,
} from '../state/vault.ts';
import { withView } from '../state/view.ts';
import { audit } from './auditing.ts';
import { KEY_FIX, noSuchSecret, readKeyRing, wrongKey } from './credentials.ts';
import type { Call } from './engine.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Others change the vault at the same time; each round some of it is done. */
const ROUNDS_MAX = 20;

/** Makes the first key and says in state that it is in use. */
export async function secretInit(call: Call): Promise<ResultOf<'secret.init'>> {
  const { store, keySource, random } = call.engine;
  const inUse = await readKeyInUse(store);
  const ring = await readKeyRing(keySource);
  const known = inUse && ring.find(({ id }) => id === inUse.value.keyId);
  if (known) return { outcome: 'ok', diagnostics: [], keyId: known.id, source: keySource.description, made: false };
  if (inUse) refuseKey(inUse.value.keyId, ring, call);
  const last = ring.at(-1);
  const key = last ?? newSealingKey(random);
  await audit(call, 'secret.init', { keyId: key.id });
  if (last === undefined) await appendKey(call, key);
  await takeIntoUse(call, { keyId: key.id, previous: [] }, undefined);
  return { outcome: 'ok', diagnostics: [], keyId: key.id, source: keySource.description, made: last === undefined };
}

export async function secretSet(call: Call, input: InputOf<'secret.set'>): Promise<ResultOf<'secret.set'>> {
  const { store, clock, random } = call.engine;
  const { name } = input;
  const value = new Redacted(input.value);
  checkValue(name, value);
  const { inUse, key } = await sealingKey(call);
  const previous = await readSecret(store, name);
  await audit(call, 'secret.set', { name, keyId: key.id });
  const write = { name, value, atMs: clock.nowMs(), by: call.ctx.actor, key, random };
  if (!(await putSecret(store, write, inUse, previous))) await conflict(call, 'secret.set', name);
  return { outcome: 'ok', diagnostics: [], name, keyId: key.id, replaced: previous !== undefined };
}

function checkValue(name: string, value: Redacted): void {
  const bytes = Buffer.byteLength(value.reveal());
  if (bytes > 0 && bytes <= LIMITS.secretBytesMax) return;
  const summary = bytes === 0 ? `the value for ${name} is empty` : `the value for ${name} has ${bytes} bytes`;
  fail('usage', {
    code: 'COPRHD-SECRET-003',
    summary: `${summary}: nothing was set`,
    fix: `give 1 to ${LIMITS.secretBytesMax} bytes of text`,
  });
}

type User = ResourceRecord<'storageSystem' | 'networkSystem' | 'host'>;

const isUsedBy = (user: User, name: string, nowMs: number): boolean =>
  refersTo(
    user.kind === 'host' ? user.spec : specInUse(user.spec as ResourceRecord<'storageSystem'>['spec'], nowMs),
    name,
  );

/** Devices, and hosts on which something is run. */
const mayUseSecrets = (view: RecordedView): User[] =>
  (['storageSystem', 'networkSystem', 'host'] as const).flatMap((kind) =>
    view
      .all(kind)
      .map(({ record }) => record)
      .filter(isLive),
  );

export async function secretList({ engine }: Call): Promise<ResultOf<'secret.list'>> {
  const [stored, inUse] = [await listSecrets(engine.store), await readKeyInUse(engine.store)];
  const { result: users } = await withView(engine.store, mayUseSecrets);
  const secrets = stored.map(({ value: { name, keyId, setAtMs, setBy } }) => ({
    ...{ name, keyId, setAtMs, setBy },
    usedBy: users.filter((user) => isUsedBy(user, name, engine.clock.nowMs())).map((user) => user.name),
  }));
  return {
    outcome: 'ok',
    diagnostics: [],
    secrets,
    ...(inUse ? { keyId: inUse.value.keyId, previousKeyIds: inUse.value.previous } : {}),
  };
}

export async function secretRemove(call: Call, input: { name: string }): Promise<ResultOf<'secret.remove'>> {
  const { store, clock } = call.engine;
  const { name } = input;
  const stored = await readSecret(store, name);
  if (stored === undefined) {
    const names = (await listSecrets(store)).map(({ value }) => value.name);
    const guess = nearest(name, names);
    return fail('error', { ...noSuchSecret(name), fix: guess ? `did you mean ${guess}?` : 'coprhd secret list' });
  }
  const { result } = await withView(store, mayUseSecrets);
  const users = result.filter((user) => isUsedBy(user, name, clock.nowMs()));
  if (users.length > 0) {
    fail('held', {
      code: 'COPRHD-SECRET-004',
      summary: `the secret ${name} is used by ${users[0]!.kind === 'host' ? 'host' : 'storage system'} ${users.map((user) => user.name).join(', ')}`,
      fix: 'give these another credential in their plan files and apply, then remove the secret',
    });
  }
  await audit(call, 'secret.remove', { name });
  if (!(await removeSecret(store, stored))) await conflict(call, 'secret.remove', name);
  return { outcome: 'ok', diagnostics: [], name };
}

/**
 * Seals everything under the newest key. A rotation that was left open is finished first; else a new key is made, or the
 * one that somebody put last on the ring is taken. Old keys are left where they are: backups may still need them.
 */
export async function secretRotate(call: Call): Promise<ResultOf<'secret.rotate'>> {
  const { store, keySource, random } = call.engine;
  const started = await startRotation(call);
  let resealed = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const inUse = (await readKeyInUse(store)) ?? started;
    const ring = await readKeyRing(keySource);
    if (!ring.some(({ id }) => id === inUse.value.keyId)) refuseKey(inUse.value.keyId, ring, call);
    const done = await resealAll(store, inUse, ring, random);
    if (done === undefined) continue;
    resealed += done.resealed;
    if (done.unopened.length > 0) refuseUnopened(done.unopened, keySource.description);
    const finished = { ...inUse.value, previous: [] };
    if (inUse.value.previous.length > 0 && !(await putKeyInUse(store, finished, inUse))) continue;
    const oldKeyIds = ring.map(({ id }) => id).filter((id) => id !== inUse.value.keyId);
    const { description } = keySource;
    return { outcome: 'ok', diagnostics: [], keyId: inUse.value.keyId, resealed, oldKeyIds, source: description };
  }
  return conflict(call, 'secret.rotate', 'the vault');
}

async function startRotation(call: Call): Promise<Versioned<KeyInUse>> {
  const { store, keySource, random } = call.engine;
  const inUse = await readKeyInUse(store);
  if (inUse === undefined) {
    return fail('error', { code: 'COPRHD-SECRET-005', summary: 'no key is in use yet', fix: 'coprhd secret init' });
  }
  if (inUse.value.previous.length > 0) return inUse;
  const ring = await readKeyRing(keySource);
  if (!ring.some(({ id }) => id === inUse.value.keyId)) refuseKey(inUse.value.keyId, ring, call);
  const last = ring.at(-1)!;
  const isNew = last.id !== inUse.value.keyId;
  const key = isNew ? last : newSealingKey(random);
  await audit(call, 'secret.rotate', { keyId: key.id, from: inUse.value.keyId });
  if (!isNew) await appendKey(call, key);
  return takeIntoUse(call, { keyId: key.id, previous: [inUse.value.keyId] }, inUse);
}

/** Whoever was faster has set a key; then that one it is. */
async function takeIntoUse(
  call: Call,
  next: Pick<KeyInUse, 'keyId' | 'previous'>,
  previous: Versioned<KeyInUse> | undefined,
): Promise<Versioned<KeyInUse>> {
  const { store, clock } = call.engine;
  await putKeyInUse(store, { ...next, sinceMs: clock.nowMs(), by: call.ctx.actor }, previous);
  const inUse = await readKeyInUse(store);
  return inUse ?? conflict(call, 'secret.key', 'the key in use');
}

/** The key that is in use, made known to state when it is the first. */
async function sealingKey(call: Call): Promise<{ inUse: Versioned<KeyInUse>; key: SealingKey }> {
  const { store, keySource } = call.engine;
  const ring = await readKeyRing(keySource);
  const last = ring.at(-1);
  if (last === undefined) {
    return fail('error', {
      code: 'COPRHD-SECRET-005',
      summary: 'there is no key to seal secrets with',
      detail: keySource.description,
      fix: KEY_FIX,
    });
  }
  const inUse = (await readKeyInUse(store)) ?? (await takeIntoUse(call, { keyId: last.id, previous: [] }, undefined));
  const key = ring.find(({ id }) => id === inUse.value.keyId);
  return key ? { inUse, key } : refuseKey(inUse.value.keyId, ring, call);
}

async function appendKey(call: Call, key: SealingKey): Promise<void> {
  const { keySource } = call.engine;
  if (keySource.append !== undefined) return keySource.append(key.text);
  fail('error', {
    code: 'COPRHD-SECRET-005',
    summary: `a new key can't be added to ${keySource.description}`,
    fix: 'put a new one (openssl rand -base64 32) behind the old one, with a comma between, and run it again',
  });
}

function refuseKey(keyId: string, ring: readonly SealingKey[], { engine }: Call): never {
  return fail('error', {
    code: 'COPRHD-SECRET-005',
    summary: `this is not the key of the vault: ${wrongKey(keyId, ring, engine.keySource)}`,
    fix: 'give the key that the secrets were sealed under, by COPRHD_KEY_FILE or COPRHD_KEY',
  });
}

function refuseUnopened(names: readonly string[], source: string): never {
  return fail('error', {
    code: 'COPRHD-SECRET-006',
    summary: `${names.length} secret${names.length === 1 ? '' : 's'} could not be opened: ${names.join(', ')}`,
    detail: `${source} lacks the key they are sealed under, or they are damaged; all others are sealed anew`,
    fix: 'add the missing key, or set them again, and run coprhd secret rotate again',
  });
}

async function conflict(call: Call, event: string, what: string): Promise<never> {
  await audit(call, event, { name: what, refused: true });
  return fail('claimed', {
    code: 'COPRHD-APPLY-003',
    summary: `${what} was changed by somebody else meanwhile: nothing was done`,
    fix: 'try again',
  });
}
