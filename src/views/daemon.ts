/** A daemon that has started. Rows: `daemon url fingerprint` · `rootPassword password`, on the first start only. */
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
