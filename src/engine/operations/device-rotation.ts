/**
 * `device rotate`: a device gets another credential, and the one before stays a fallback for a while. Nothing is recorded
 * before the device was logged in to with what is to be used from now on, and has proved to be the same device. Only
 * references are kept, never secrets.
 */
import { type Clock, isoTime } from '../../lib/clock.ts';
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import { openWindow } from '../model/credential-window.ts';
import type { DeviceKind, DeviceRecord } from '../model/device-kinds.ts';
import type { VersionedRecord } from '../model/record.ts';
import type { PreviousCredential } from '../model/specs.ts';
import { audit } from './auditing.ts';
import { callContext } from './call-context.ts';
import { connectDevice, deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { readDevice, refuseClaimed, rewrite } from './recorded.ts';
import type { InputOf, ResultOf } from './types.ts';

type Recorded = VersionedRecord<DeviceKind>;
type Result = ResultOf<'device.rotate'>;

export async function deviceRotate(call: Call, input: InputOf<'device.rotate'>): Promise<Result> {
  const recorded = await readDevice(call, input.name);
  refuseClaimed(recorded);
  if (input.end === 'finish') return finish(call, recorded);
  if (input.end === 'back') return goBack(call, recorded);
  return start(call, recorded, input.credential!, input.keepOldForMs ?? LIMITS.credentialWindowDefaultMs);
}

async function start(call: Call, recorded: Recorded, wanted: string, keepOldForMs: number): Promise<Result> {
  const { record } = recorded;
  const { name, spec } = record;
  const { clock } = call.engine;
  if (spec.credential === wanted) return resultOf(record, clock, false);
  const open = openWindow(spec, clock.nowMs());
  if (open) {
    const isBack = open.credential === wanted;
    fail('error', {
      code: 'COPRHD-DEVICE-013',
      summary: `a rotation of ${name} is open until ${isoTime(open.untilMs)}: nothing was changed`,
      detail: `it uses ${spec.credential} now, and ${open.credential} where that is refused`,
      fix: isBack
        ? `coprhd device rotate ${name} --back`
        : `end it first: coprhd device rotate ${name} --finish, or --back to return to ${open.credential}`,
    });
  }
  await requireLogin(call, record, wanted);
  const untilMs = clock.nowMs() + keepOldForMs;
  const next = withCredentials(call, record, wanted, spec.credential, untilMs);
  return write(call, recorded, next, { untilMs });
}

/** The window ends now. What is used then must be taken by the device. */
async function finish(call: Call, recorded: Recorded): Promise<Result> {
  const { record } = recorded;
  const { clock } = call.engine;
  const { credential, previousCredential } = record.spec;
  if (!previousCredential || credential === undefined) return noRotation(record.name);
  if (!openWindow(record.spec, clock.nowMs())) return resultOf(record, clock, false);
  await requireLogin(call, record, credential);
  const ended = { ...previousCredential, untilMs: clock.nowMs() };
  const next = { ...record, spec: { ...record.spec, previousCredential: ended } };
  return write(call, recorded, next, { end: 'finish' });
}

/** The one before is in use again; that is a change like any other, so that a file can't bring back the new one unnoticed. */
async function goBack(call: Call, recorded: Recorded): Promise<Result> {
  const { record } = recorded;
  const { clock } = call.engine;
  const { credential, previousCredential } = record.spec;
  if (!previousCredential || credential === undefined) return noRotation(record.name);
  const before = previousCredential.credential;
  if (!openWindow(record.spec, clock.nowMs())) {
    fail('error', {
      code: 'COPRHD-DEVICE-013',
      summary: `the rotation of ${record.name} ended at ${isoTime(previousCredential.untilMs)}: there is no way back by itself`,
      fix: `coprhd device rotate ${record.name} --credential ${before}`,
    });
  }
  await requireLogin(call, record, before);
  const next = withCredentials(call, record, before, credential, clock.nowMs());
  return write(call, recorded, next, { end: 'back' });
}

function noRotation(name: string): never {
  return fail('error', {
    code: 'COPRHD-DEVICE-013',
    summary: `no rotation of ${name} is open`,
    fix: `coprhd device rotate ${name} --credential REF begins one`,
  });
}

function withCredentials(
  { engine, ctx }: Call,
  record: Recorded['record'],
  credential: string,
  before: string | undefined,
  untilMs: number,
): Recorded['record'] {
  const previousCredential: PreviousCredential | undefined =
    before === undefined ? undefined : { credential: before, untilMs, by: ctx.actor.name, atMs: engine.clock.nowMs() };
  return { ...record, spec: { ...record.spec, credential, previousCredential } };
}

/** In the audit log before it is done, so that no change can be missing there. */
async function write(
  call: Call,
  recorded: Recorded,
  next: Recorded['record'],
  fields: Readonly<Record<string, unknown>>,
): Promise<Result> {
  const { record } = recorded;
  const [before, after] = [record.spec.credential, next.spec.credential];
  await audit(call, 'device.rotate', { system: record.urn, name: record.name, before, after, ...fields });
  await rewrite(call, recorded, next);
  return resultOf(next, call.engine.clock, true);
}

function resultOf(record: DeviceRecord, clock: Clock, changed: boolean): Result {
  const { spec, owner, sourceFile } = record;
  const before = spec.previousCredential;
  const open = openWindow(spec, clock.nowMs()) !== undefined;
  return {
    outcome: 'ok',
    diagnostics: [],
    name: record.name,
    changed,
    credential: spec.credential!,
    ...(before ? { previous: { credential: before.credential, untilMs: before.untilMs, open } } : {}),
    ...(owner.type === 'stack' && sourceFile !== undefined ? { declaredIn: sourceFile } : {}),
  };
}

/** Reads who the device is, logged in with this credential and with no other. Fails unless it is the recorded one. */
async function requireLogin({ engine, ctx }: Call, record: DeviceRecord, credential: string): Promise<void> {
  const { name } = record;
  let serialNumber: string;
  try {
    const device = await connectDevice(engine.devices, record.kind, {
      ...deviceSpec(record),
      credential,
      fallback: undefined,
    });
    ({ serialNumber } = await device.identify(callContext(engine.clock, ctx.signal, LIMITS.loginDeadlineMs)));
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const isRefused = error.class === 'auth';
    return fail('error', {
      code: isRefused ? 'COPRHD-DEVICE-011' : 'COPRHD-DEVICE-001',
      summary: `${name} ${isRefused ? 'does not take' : 'could not be asked with'} ${credential}: nothing was changed`,
      detail: error.message,
      fix: error.hint ?? (isRefused ? 'give the device the new credential first' : 'check the device'),
    });
  }
  const known = record.status.identity?.serialNumber;
  if (serialNumber === known) return;
  fail('error', {
    code: 'COPRHD-DEVICE-005',
    summary: `${name} is another device than the recorded one: nothing was changed`,
    detail: `recorded serial number ${known}, the device says ${serialNumber}`,
    fix: 'correct its endpoint and configuration',
  });
}
