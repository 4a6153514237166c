/** The manifest of the driver for the Linux SCSI target framework (tgt). README.md has setup, evidence and limits. */
import { type BlockArray, type ConnectOptions, DriverError, defineDriver, sha256Hex } from 'coprhd/driver';
import { createTgtClient, type TgtClient } from './client.ts';
import { configuration, type TgtConfiguration } from './configuration.ts';
import { copyCalls } from './copies.ts';
import { fullSnapshotCalls } from './full-snapshots.ts';
import { HLU_RANGE } from './mappings.ts';
import { MASK_NAME_LENGTH_MAX, maskCalls } from './masks.ts';
import { surprise } from './parse/surprise.ts';
import { IDENTIFY } from './scripts.ts';
import { snapshotCalls } from './snapshots.ts';
import { NAME_ALPHABET, NAME_LENGTH_MAX, volumeCalls } from './volumes.ts';
import { zeroingCalls } from './zeroing.ts';

const MODEL = 'Linux SCSI target (tgt)';

export default defineDriver({
  name: 'tgt',
  kind: 'block-array',
  apiVersion: 1,
  summary: 'iSCSI array of a Linux machine: tgtd over files in directories',
  configuration,
  configurationPaths: ['socket', 'configDirectory', 'pools.*'],
  session: 'command',
  ownershipMark: 'tag',
  naming: { alphabet: NAME_ALPHABET, volumeLengthMax: NAME_LENGTH_MAX, maskLengthMax: MASK_NAME_LENGTH_MAX },
  hlu: HLU_RANGE,
  capabilities: ['expand', 'zeroing', 'copies'],
  limits: [
    { id: 'mask-by-port', text: 'every portal serves every target; a mask cannot be limited to some ports' },
    { id: 'revoke-keeps-sessions', text: 'taking an initiator out of a mask refuses its next login, not its session' },
    { id: 'expand-drops-sessions', text: 'expanding a mapped volume drops the sessions of its masks for a moment' },
    { id: 'rename-mapped', text: 'a mapped volume cannot be renamed' },
    {
      id: 'new-lun-scan',
      text: 'a host that scans while a LUN is added may see it with no size for some milliseconds',
    },
    { id: 'reservations', text: 'SCSI reservations of a volume are not shared between masks' },
    { id: 'write-cache', text: 'the write cache is the page cache of the machine: on until the host flushes' },
    { id: 'no-metrics', text: 'tgtd counts nothing by portal: how busy it is stays unknown' },
    { id: 'no-changes', text: 'tgtd keeps no log of changes: every look at it reads all of it' },
    {
      id: 'snapshots-full-copy',
      text: 'in pools on neither XFS with reflinks nor btrfs a snapshot is a full copy, of volumes that no host uses',
    },
    {
      id: 'snapshot-set-holds-io',
      text: 'a snapshot of several volumes holds the I/O of all volumes, at most 2 seconds',
    },
    { id: 'snapshot-set-pools', text: 'a snapshot of several volumes spans at most 5 pools' },
    { id: 'snapshot-thick', text: 'a thick volume that has snapshots takes new room as it is overwritten' },
    { id: 'no-mirrors', text: 'there are no continuous copies: no volume follows another one' },
    { id: 'no-chap', text: 'CHAP is not set up; access is by initiator name' },
  ],
  supported: [{ model: MODEL, versions: '1.0.x', evidence: 'real' }],
  concurrencyMax: 8,
  connect: async (options) => connect(options),
});

function connect({ configuration: given, session }: ConnectOptions<TgtConfiguration>): BlockArray {
  if (session.type !== 'command') throw new DriverError({ class: 'invalid', message: 'tgt needs a command session' });
  for (const path of [given.socket, given.configDirectory, ...Object.values(given.pools)]) {
    if (!path.startsWith('/')) throw new DriverError({ class: 'invalid', message: `${path} is not an absolute path` });
  }
  const withoutSlash = (path: string) => path.replace(/\/+$/, '');
  const client = createTgtClient(session, {
    ...given,
    configDirectory: withoutSlash(given.configDirectory),
    pools: Object.fromEntries(Object.entries(given.pools).map(([name, path]) => [name, withoutSlash(path)])),
  });
  return {
    identify: (ctx) => identify(ctx, client),
    ...volumeCalls(client),
    ...maskCalls(client),
    zeroing: zeroingCalls(client),
    copies: { ...snapshotCalls(client), ...copyCalls(client), snapshotJobs: fullSnapshotCalls(client) },
    close: () => session.close(),
  };
}

async function identify(ctx: Parameters<BlockArray['identify']>[0], client: TgtClient) {
  const text = await client.script(ctx, 'identify', IDENTIFY, [], { readOnly: true });
  const [machine, version] = text.split('\n');
  if (!machine || !version || !/^[\w.+-]+$/.test(version)) throw surprise('the identification', text);
  const { serialNumber, socket, controlPort } = client.configuration;
  const derived = () => sha256Hex(`${machine}\n${socket}\n${controlPort}`).slice(0, 12).toUpperCase();
  const serial = serialNumber ?? derived();
  return {
    serialNumber: serial,
    model: MODEL,
    firmwareVersion: version,
    nativeGuid: `TGT+${serial}`,
    // tgtd stops for the moment in which all of them are copied.
    consistencyGroups: true,
    supported: /^1\.0\.\d+$/.test(version),
  };
}
