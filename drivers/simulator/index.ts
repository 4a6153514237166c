/** The simulator's manifests: block arrays and FC fabrics that live in a directory. See README.md for what they are good for. */
import { type ConnectOptions, defineDriver } from 'coprhd/driver';
import { z } from 'zod';
import { createSimulatedArray } from './client.ts';
import { createDiskTransport, createSanTransport } from './disk.ts';
import { SUPPORTED_MODELS } from './inventory.ts';
import { FIRMWARE, HLU_RANGE, NAME_ALPHABET, NAME_LENGTH_MAX } from './objects.ts';
import { createSimulatedFabric } from './san/client.ts';
import { FABRIC_MODEL } from './san/network.ts';
import { ZONE_ALPHABET, ZONE_MEMBERS_MAX, ZONE_NAME_LENGTH_MAX } from './san/zoning.ts';
import { scanDirectory } from './scan.ts';
import { arrayName } from './topology.ts';

const provider = z.strictObject({
  /** Where `coprhd sim up` made the arrays. */
  directory: z.string().min(1),
});

const configuration = provider.extend({
  /** Which of them this one is. */
  array: arrayName,
});

export default defineDriver({
  name: 'simulator',
  kind: 'block-array',
  apiVersion: 1,
  summary: 'simulated block arrays in a directory, with faults on request',
  configuration,
  configurationPaths: ['directory'],
  session: 'none',
  ownershipMark: 'tag',
  naming: { alphabet: NAME_ALPHABET, volumeLengthMax: NAME_LENGTH_MAX, maskLengthMax: NAME_LENGTH_MAX },
  hlu: HLU_RANGE,
  capabilities: ['expand', 'zeroing', 'metrics', 'changes', 'copies', 'mirrors'],
  limits: [
    { id: 'no-data', text: 'volumes hold no data: nothing can be written, read or lost' },
    { id: 'no-listener', text: 'nothing listens on the addresses of the ports' },
    { id: 'one-mask-per-initiator', text: 'an initiator can be in one mask only' },
  ],
  supported: SUPPORTED_MODELS.map((model) => ({ model, versions: FIRMWARE, evidence: 'own-simulator' as const })),
  concurrencyMax: 32,
  scan: {
    configuration: provider,
    systemKeys: ['array'],
    listSystems: (ctx, { configuration: { directory } }: ConnectOptions<z.infer<typeof provider>>, page) =>
      scanDirectory(ctx, directory, page),
  },
  connect: async ({ configuration: { directory, array } }) =>
    createSimulatedArray(createDiskTransport(directory, array)),
});

const networkConfiguration = z.strictObject({
  /** Where `coprhd sim up` made the data centre. */
  directory: z.string().min(1),
  /** Name of the fabric. */
  fabric: z.string().min(1),
});

export const networkSystem = defineDriver({
  name: 'simulator',
  kind: 'network-system',
  apiVersion: 1,
  summary: 'simulated FC fabrics in the same directory: logins, zoning, other people, faults on request',
  configuration: networkConfiguration,
  configurationPaths: ['directory'],
  session: 'none',
  ownershipMark: 'name',
  naming: { alphabet: ZONE_ALPHABET, lengthMax: ZONE_NAME_LENGTH_MAX },
  membersMax: ZONE_MEMBERS_MAX,
  zoneKinds: ['standard'],
  capabilities: ['aliases'],
  limits: [
    { id: 'no-frames', text: 'nothing is switched: logins are computed from cables and zones' },
    { id: 'standard-zones', text: 'zones are standard ones: no peer, smart or traffic isolation zones' },
  ],
  supported: [{ model: FABRIC_MODEL, versions: FIRMWARE, evidence: 'own-simulator' }],
  concurrencyMax: 1,
  connect: async ({ configuration: { directory, fabric } }) =>
    createSimulatedFabric(createSanTransport(directory), fabric),
});
