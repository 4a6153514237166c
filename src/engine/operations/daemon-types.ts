/** The part of the one door (types.ts) that is about how daemons serve: kept in state, for all nodes or one. */
import { z } from 'zod';
import type { DaemonSettings } from '../state/daemon-settings.ts';
import type { Report } from './types.ts';

export const SERVICE_NAMES = ['auth', 'api', 'sys'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface DaemonOperations {
  /** As they are for a node: its own before those of all. Without `node` those of all. */
  'daemon.settings': {
    input: { node?: string | undefined };
    result: Report & { settings: DaemonSettings; node?: string };
  };
  /** null takes a setting back. Daemons follow when they are started again. */
  'daemon.configure': {
    input: {
      node?: string | undefined;
      listen?: string | null | undefined;
      services?: readonly ServiceName[] | null | undefined;
      allowLocal?: boolean | null | undefined;
      /** PEM, both; of one node. */
      tls?: { readonly key: string; readonly certificate: string } | undefined;
    };
    result: Report & { settings: DaemonSettings; node?: string };
  };
  /** Key and certificate of a node, for itself; absent where it has none yet. */
  'daemon.identity': {
    input: { node: string };
    result: Report & { tls?: { readonly key: string; readonly certificate: string } };
  };
}

export const NODE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const node = z.string().regex(NODE, 'letters, digits, dots, dashes and underscores, at most 64');
const listen = z.string().regex(/^.+:\d{1,5}$/, 'write HOST:PORT');
const pem = z.string().max(16_384);

export const DAEMON_INPUTS = {
  'daemon.settings': { right: 'read', schema: z.strictObject({ node: node.optional() }) },
  'daemon.configure': {
    right: 'administer',
    schema: z
      .strictObject({
        node: node.optional(),
        listen: listen.nullable().optional(),
        services: z.array(z.enum(SERVICE_NAMES)).min(1).nullable().optional(),
        allowLocal: z.boolean().nullable().optional(),
        tls: z.strictObject({ key: pem, certificate: pem }).optional(),
      })
      .refine(({ node: of, tls }) => tls === undefined || of !== undefined, 'a certificate is of one node: name it'),
  },
  'daemon.identity': { right: 'administer', schema: z.strictObject({ node }) },
} as const;
