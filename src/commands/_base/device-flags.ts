/** Flags that say how a device or provider is reached, and what they are for the engine and in a command to type. */
import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import type { DeviceScanInput } from '../../engine/operations/device-types.ts';
import { jsonOrText, parsePairs } from './flags.ts';

export const settingFlag = {
  set: Flags.string({
    summary: "A value of the driver's configuration, as text or JSON (pools={...}); may be repeated.",
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

export const reachFlags = {
  endpoint: Flags.string({
    summary: 'Where it is: local (default), or ssh://user@host:port.',
    helpValue: 'URL',
  }),
  jump: Flags.string({ summary: 'A machine to go through: ssh://user@host:port.', helpValue: 'URL' }),
  'jump-credential': Flags.string({
    summary: 'Reference to what logs in there; without it the same as on the device.',
    helpValue: 'REF',
    dependsOn: ['jump'],
  }),
  credential: Flags.string({
    summary: 'Reference to a credential, never the secret: env:NAME, file:PATH, vault:NAME or, over SSH, agent.',
    helpValue: 'REF',
  }),
};

interface Given {
  readonly set?: readonly string[] | undefined;
  readonly endpoint?: string | undefined;
  readonly jump?: string | undefined;
  readonly 'jump-credential'?: string | undefined;
  readonly credential?: string | undefined;
}

export function settingInput({ set = [] }: Given): { configuration: Record<string, unknown>; directory: string } {
  const pairs = Object.entries(parsePairs(set, 'set'));
  const configuration = Object.fromEntries(pairs.map(([key, value]) => [key, jsonOrText(value)]));
  // Where relative paths in it start.
  return { configuration, directory: resolve('.') };
}

export function reachInput(flags: Given): Pick<DeviceScanInput, 'endpoint' | 'ssh' | 'credential'> {
  const { endpoint, jump, credential, 'jump-credential': jumpCredential } = flags;
  const ssh = { jump, ...(jumpCredential === undefined ? {} : { jumpCredential }) };
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(jump === undefined ? {} : { ssh }),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** All of them again. */
export function reachWords(flags: Given): string[] {
  return [
    ...(flags.set ?? []).flatMap((each) => ['--set', each]),
    ...(['endpoint', 'jump', 'jump-credential', 'credential'] as const).flatMap((flag) =>
      flags[flag] === undefined ? [] : [`--${flag}`, flags[flag]],
    ),
  ];
}
