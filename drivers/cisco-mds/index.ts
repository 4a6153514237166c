/** The manifest of the driver for Cisco MDS switches. README.md has setup, commands, limits and evidence. */
import { type CallContext, type ConnectOptions, DriverError, defineDriver, type NetworkSystem } from 'coprhd/driver';
import { applyZoneDelta } from './change/apply.ts';
import { parseSwitchWwn, parseVersion } from './cli/system.ts';
import { createMdsClient, type MdsClient } from './client.ts';
import { configuration, type MdsConfiguration } from './configuration.ts';
import { listEndpoints, listFabrics } from './fabrics.ts';
import { MEMBERS_MAX, NAME_ALPHABET, NAME_LENGTH_MAX } from './model/work.ts';
import { readRouting } from './routing.ts';
import { zoningCalls } from './zoning.ts';

export const manifest = defineDriver({
  name: 'cisco-mds',
  kind: 'network-system',
  apiVersion: 1,
  summary: 'Cisco MDS FC switches over their command line: VSANs, basic and enhanced zoning',
  configuration,
  configurationPaths: [],
  session: 'command',
  ownershipMark: 'name',
  naming: { alphabet: NAME_ALPHABET, lengthMax: NAME_LENGTH_MAX },
  membersMax: MEMBERS_MAX,
  zoneKinds: ['standard'],
  capabilities: ['aliases'],
  limits: [
    {
      id: 'fcaliases',
      text: 'aliases are fcaliases of the VSAN; device aliases are shown as their WWPNs, never changed',
    },
    {
      id: 'standard-zones',
      text: 'members are written as WWPNs and aliases; smart zones and zones with attributes are never changed',
    },
    {
      id: 'basic-no-lock',
      text: 'in basic mode nothing locks the fabric: who edits at the same moment is noticed, not kept out',
    },
    { id: 'one-switch', text: 'a fabric is zoned through the one switch that is registered for it' },
    {
      id: 'no-ivr',
      text: 'which VSANs are routed to each other (IVR) is shown; their zones (IVRZ_...) are shown as those of a VSAN that they come into, and never made',
    },
    {
      id: 'no-mode-change',
      text: 'the zoning mode, the default zone and the distribution of full zonesets are left as they are',
    },
    { id: 'saves-all', text: 'saving the running configuration saves what others changed on the switch, too' },
  ],
  supported: [{ model: 'Cisco MDS 9000', versions: 'NX-OS 6.2 to 9.x', evidence: 'own-simulator' }],
  concurrencyMax: 4,
  connect: async (options) => connect(options),
});

export default manifest;

function connect({ configuration: given, session }: ConnectOptions<MdsConfiguration>): NetworkSystem {
  if (session.type !== 'command') {
    throw new DriverError({ class: 'invalid', message: 'cisco-mds needs a command session' });
  }
  const client = createMdsClient(session, given);
  return {
    identify: (ctx) => identify(ctx, client),
    listFabrics: (ctx) => listFabrics(ctx, client),
    listEndpoints: (ctx, fabric) => listEndpoints(ctx, client, fabric),
    ...zoningCalls(client),
    readRouting: (ctx) => readRouting(ctx, client),
    applyZoneDelta: (ctx, delta) => applyZoneDelta(ctx, client, delta),
    close: () => client.close(),
  };
}

/** The WWN is that of the chassis: it stays when a supervisor is replaced. */
function identify(ctx: CallContext, client: MdsClient) {
  return client.use(ctx, async (device) => {
    const { model, version } = parseVersion(await device.show(ctx, 'show version'));
    const wwn = parseSwitchWwn(await device.show(ctx, 'show wwn switch'));
    const serialNumber = wwn.replaceAll(':', '').toUpperCase();
    const major = Number(/^(\d+)\.(\d+)/.exec(version)?.[1] ?? 0);
    const isKnown = (major >= 7 && major <= 9) || /^6\.2\b/.test(version);
    return {
      serialNumber,
      model: `Cisco ${model}`,
      firmwareVersion: version,
      nativeGuid: `MDS+${serialNumber}`,
      supported: model.startsWith('MDS') && isKnown,
    };
  });
}
