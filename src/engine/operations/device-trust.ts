/**
 * Trusting a changed host key: what the machines on the way to a device show now beside what is pinned, and the new keys
 * pinned when they are the ones that somebody accepted. Asking for a key never logs in to the machine that shows it.
 */
import { fail } from '../../lib/diagnostic.ts';
import {
  describeHostKey,
  type HostKey,
  hostKeyAt,
  inPairs,
  provesPinned,
  readFingerprint,
} from '../../lib/host-key.ts';
import { DriverError } from '../driver/errors.ts';
import type { DeviceKind, DeviceRecord } from '../model/device-kinds.ts';
import type { VersionedRecord } from '../model/record.ts';
import { audit } from './auditing.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { readDevice, rewrite } from './recorded.ts';
import type { InputOf, ResultOf } from './types.ts';

type Recorded = VersionedRecord<DeviceKind>;

export async function deviceTrust(call: Call, input: InputOf<'device.trust'>): Promise<ResultOf<'device.trust'>> {
  const recorded = await readDevice(call, input.name);
  const { record } = recorded;
  const pinned = record.status.identity?.hostKeys ?? [];
  if (!record.status.identity || pinned.length === 0) {
    fail('error', {
      code: 'COPRHD-DEVICE-010',
      summary: `${record.name} has no host key: it is reached at ${record.spec.endpoint}`,
      fix: 'host keys and certificates are pinned when a device behind ssh:// or https:// is registered',
    });
  }
  const shown = await readKeys(call, record);
  const changed = shown.filter((key) => {
    const before = hostKeyAt(pinned, key.at);
    return before === undefined || !provesPinned(before, key);
  });
  const keys = [...new Set([...shown, ...pinned].map(({ at }) => at))].map((at) => ({
    at,
    pinned: hostKeyAt(pinned, at),
    shown: hostKeyAt(shown, at),
  }));
  if (changed.length === 0) return { outcome: 'ok', diagnostics: [], name: record.name, keys, trusted: false };
  if (input.accept === undefined) {
    return {
      outcome: 'held',
      diagnostics: [
        {
          code: 'COPRHD-DEVICE-010',
          severity: 'error',
          summary: `the host key of ${record.name} has changed`,
          detail: `It shows ${changed.map(describeForPeople).join(', ')}. Somebody may be between.`,
          fix: `compare it on the machine itself, then coprhd device trust ${record.name} --fingerprint ${changed[0]!.fingerprint}`,
        },
      ],
      name: record.name,
      keys,
      trusted: false,
    };
  }
  const accept = input.accept.map(acceptedFingerprint);
  const other = changed.find(({ fingerprint }) => !accept.includes(fingerprint));
  if (other) {
    fail('stale', {
      code: 'COPRHD-DEVICE-010',
      summary: `${record.name} shows another key than the one that was accepted`,
      detail: `It shows ${describeHostKey(other)}; accepted was ${accept.join(', ')}.`,
      fix: 'compare the fingerprint on the machine itself',
    });
  }
  await pin(call, recorded, [...changed, ...pinned.filter(({ at }) => hostKeyAt(changed, at) === undefined)], pinned);
  return { outcome: 'ok', diagnostics: [], name: record.name, keys, trusted: true };
}

/** A certificate also as openssl and the devices themselves show it. */
const describeForPeople = (key: HostKey): string =>
  key.at.startsWith('tls ') ? `${describeHostKey(key)} (${inPairs(key.fingerprint)})` : describeHostKey(key);

function acceptedFingerprint(text: string): string {
  return (
    readFingerprint(text) ??
    fail('usage', {
      code: 'COPRHD-USAGE-001',
      summary: `${JSON.stringify(text)} is no fingerprint`,
      fix: 'write it as ssh-keygen -l or openssl x509 -fingerprint -sha256 shows it: SHA256:... or AB:CD:...',
    })
  );
}

async function readKeys({ engine }: Call, record: DeviceRecord): Promise<readonly HostKey[]> {
  try {
    return await engine.devices.readHostKeys(deviceSpec(record));
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return fail('error', {
      code: 'COPRHD-DEVICE-001',
      summary: `the host key of ${record.name} can't be read: ${error.message}`,
      fix: error.hint ?? 'check that it runs, and its endpoint',
    });
  }
}

/** In the audit log before it is done, so that no change can be missing there. In the order in which they were pinned. */
async function pin(
  call: Call,
  recorded: Recorded,
  keys: readonly HostKey[],
  before: readonly HostKey[],
): Promise<void> {
  const { record } = recorded;
  const hostKeys = before.flatMap(({ at }) => keys.find((key) => key.at === at) ?? []);
  await audit(call, 'device.trust', { system: record.urn, name: record.name, before, after: hostKeys });
  const identity = { ...record.status.identity!, hostKeys };
  await rewrite(call, recorded, { ...record, status: { ...record.status, identity } });
}
