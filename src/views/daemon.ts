/**
 * A daemon that has started. Rows: `daemon url fingerprint` · `rootPassword password`, on the first start only. Settings:
 * `setting node name value`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export interface DaemonFacts {
  readonly host: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly rootPassword?: string;
}

const urlOf = ({ host, port }: DaemonFacts): string => `https://${host.includes(':') ? `[${host}]` : host}:${port}`;

export const daemonView: View<DaemonFacts> = {
  human: (facts) => [
    `Serving on ${urlOf(facts)}.`,
    `certificate  SHA-256 ${facts.fingerprint}`,
    ...(facts.rootPassword === undefined
      ? []
      : [`password     ${facts.rootPassword}  (of root; it is not shown again)`]),
    `next: coprhd login https://HOST:${facts.port}`,
  ],
  plain: (facts) => [
    ['daemon', urlOf(facts), facts.fingerprint],
    ...(facts.rootPassword === undefined ? [] : [['rootPassword', facts.rootPassword] as const]),
  ],
};

type Settings = ResultOf<'daemon.settings'>;

/** As they are told; a certificate is there or not. */
function rowsOf({ settings, node }: Settings): [string, string][] {
  const { listen, services, allowLocal, certificate } = settings;
  return [
    ['listen', listen ?? '0.0.0.0:4443 (not told)'],
    ['services', services?.join(' ') ?? 'all (not told)'],
    ['allowLocal', allowLocal === undefined ? 'false (not told)' : String(allowLocal)],
    ...(node === undefined
      ? []
      : [['certificate', certificate === undefined ? 'none yet' : 'in state'] as [string, string]]),
  ];
}

export const daemonSettingsView: View<Settings> = {
  human: (result, style) => [
    result.node === undefined ? 'All nodes' : `Node ${result.node}`,
    ...table(rowsOf(result), { width: style.width }),
    'Nodes follow when they are started again.',
  ],
  plain: (result) => rowsOf(result).map(([name, value]) => ['setting', result.node ?? '', name, value]),
};
