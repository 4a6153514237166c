/** The simulator's manifest: block arrays that live in a directory. See README.md for what they are good for. */
import { defineDriver } from 'coprhd/driver';
import { z } from 'zod';
import { createSimulatedArray } from './client.ts';
import { createDiskTransport } from './disk.ts';
import { FIRMWARE, HLU_RANGE, MODEL, NAME_ALPHABET, NAME_LENGTH_MAX } from './objects.ts';
import { arrayName } from './topology.ts';

const configuration = z.strictObject({
  /** Where `coprhd sim up` made the arrays. */
  directory: z.string().min(1),
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
  capabilities: ['expand', 'zeroing'],
  limits: [
    { id: 'no-data', text: 'volumes hold no data: nothing can be written, read or lost' },
    { id: 'no-listener', text: 'nothing listens on the addresses of the ports' },
    { id: 'one-mask-per-initiator', text: 'an initiator can be in one mask only' },
  ],
  supported: [{ model: MODEL, versions: FIRMWARE, evidence: 'own-simulator' }],
  concurrencyMax: 32,
  connect: async ({ configuration: { directory, array } }) =>
    createSimulatedArray(createDiskTransport(directory, array)),
});
