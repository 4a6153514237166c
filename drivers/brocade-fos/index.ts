/** The manifest of the driver for Brocade FC switches (Fabric OS). README.md has setup, commands, evidence and limits. */
import {
  type CommandSession,
  type ConnectOptions,
  DriverError,
  defineDriver,
  type NetworkSystem,
  type Redacted,
  type RestSession,
} from 'coprhd/driver';
import { createDialogue } from './cli/dialogue.ts';
import { createCliSwitch } from './cli/switch.ts';
import { configuration, type FosConfiguration } from './configuration.ts';
import { invalid, MEMBERS_MAX, NAME_ALPHABET, NAME_LENGTH_MAX } from './model/names.ts';
import { createNetwork } from './network.ts';
import { createRestClient } from './rest/client.ts';
import { createRestSwitch } from './rest/switch.ts';
import type { SwitchTransport } from './transport.ts';

const manifest = defineDriver<FosConfiguration>({
  name: 'brocade-fos',
  kind: 'network-system',
  apiVersion: 1,
  summary: 'Brocade FC switches (Fabric OS), over their command line (SSH) or REST',
  configuration,
  configurationPaths: [],
  session: ['command', 'rest'],
  ownershipMark: 'name',
  naming: { alphabet: NAME_ALPHABET, lengthMax: NAME_LENGTH_MAX },
  membersMax: MEMBERS_MAX,
  zoneKinds: ['standard'],
  capabilities: ['aliases'],
  limits: [
    { id: 'transaction-holder', text: 'a switch does not say whose a zoning transaction is: its number is shown' },
    {
      id: 'transaction-content',
      text: 'while a transaction is open, its edits are shown with what is saved; the switch does not tell them apart',
    },
    {
      id: 'own-transaction',
      text: 'a transaction that a dead process left is dropped only by the same delta again, and not over REST; else by hand',
    },
    {
      id: 'other-switches',
      text: 'a transaction that is open on another switch of the fabric is noticed over the command line only',
    },
    { id: 'one-fabric', text: 'one virtual fabric for each network system registered' },
    { id: 'peer-zones', text: 'peer, target-driven and traffic isolation zones are shown, never changed' },
    { id: 'dollar-names', text: 'zones and aliases with $ in their name are shown, never changed' },
    { id: 'whole-reads', text: 'every look at the zoning reads all of it: the switch shows no part of it safely' },
    { id: 'access-gateway', text: 'a switch in Access Gateway mode has no zoning, and is refused' },
    {
      id: 'routing',
      text: 'an FC router shows over SSH which fabrics it routes between; LSAN zones are zones like others, and none are planned',
    },
  ],
  supported: [
    { model: 'Brocade switch', versions: 'Fabric OS 7.x to 9.x over its command line', evidence: 'own-simulator' },
    { model: 'Brocade switch', versions: 'Fabric OS 8.2.1 to 9.x over REST', evidence: 'own-simulator' },
  ],
  // Few sessions are allowed, and a command line does one thing at a time.
  concurrencyMax: 1,
  connect: async (options) => connect(options),
});

export default manifest;

function connect({ configuration: given, session, credential }: ConnectOptions<FosConfiguration>): NetworkSystem {
  switch (session.type) {
    case 'command':
      return createNetwork({ transport: overCommandLine(given, session), supports: hasCommands });
    case 'rest':
      return createNetwork({ transport: overHttps(given, session, credential), supports: hasRest });
    case 'none':
      throw invalid('a switch is reached over ssh://user@host or https://host');
  }
}

const hasCommands = (version: string): boolean => /^[789]\./.test(version);

function hasRest(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major !== 8) return major === 9;
  return minor > 2 || (minor === 2 && patch >= 1);
}

function overCommandLine({ virtualFabric, user }: FosConfiguration, session: CommandSession): SwitchTransport {
  if (user !== undefined) throw invalid('user belongs to https://host; over SSH the endpoint says it: ssh://user@host');
  return createCliSwitch(createDialogue(session, virtualFabric), virtualFabric);
}

function overHttps(
  { user, virtualFabric }: FosConfiguration,
  session: RestSession,
  credential: Redacted | undefined,
): SwitchTransport {
  if (user === undefined || credential === undefined) {
    throw new DriverError({ class: 'auth', message: 'REST needs a user and a credential' });
  }
  return createRestSwitch(createRestClient(session, { user, credential }, virtualFabric), virtualFabric);
}
