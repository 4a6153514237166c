/**
 * Schemas of whole documents, and the table of resource schemas by kind. The loader checks header and resources one by
 * one, to go on after a complaint; editors get the whole from the same pieces (json-schema.ts).
 */
import { z } from 'zod';
import { KIND_NAMES, kindEntry } from '../../model/kinds.ts';
import type { DeclarableKind } from '../desired.ts';
import { networkSystem, storageSystem } from './devices.ts';
import { cluster, host, project, tenant, virtualArray } from './infrastructure.ts';
import { oneName } from './leaves.ts';
import { network } from './network.ts';
import type { ResourceSchema } from './resource.ts';
import { snapshotPolicy } from './snapshot-policy.ts';
import { consistencyGroup, exportResource, snapshot, volume } from './stack.ts';
import { virtualPool } from './virtual-pool.ts';

export const RESOURCE_SCHEMAS: { readonly [K in DeclarableKind]: ResourceSchema<K> } = {
  tenant,
  project,
  networkSystem,
  network,
  storageSystem,
  virtualArray,
  virtualPool,
  host,
  cluster,
  snapshotPolicy,
  consistencyGroup,
  volume,
  snapshot,
  export: exportResource,
};

export type DocumentType = 'infrastructure' | 'stack';
export const DOCUMENT_TYPES: readonly DocumentType[] = ['infrastructure', 'stack'];

export interface Collection {
  readonly key: string;
  readonly kind: DeclarableKind;
  readonly declaredIn: DocumentType;
}

function isDeclarable(kind: string): kind is DeclarableKind {
  return Object.hasOwn(RESOURCE_SCHEMAS, kind);
}

/** The maps that hold resources, in dependency order. */
export const COLLECTIONS: readonly Collection[] = KIND_NAMES.flatMap((kind) => {
  const { collection, declaredIn } = kindEntry(kind);
  if (collection === undefined || !isDeclarable(kind)) return [];
  return [{ key: collection, kind, declaredIn: declaredIn as DocumentType }];
});

export function collectionsOf(type: DocumentType): readonly Collection[] {
  return COLLECTIONS.filter(({ declaredIn }) => declaredIn === type);
}

export const VARIABLE_NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;

export const variableSchema = z.strictObject({
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
  type: z.enum(['string', 'number', 'boolean']).optional(),
});

/** Long form of an output; the short one is its value alone. */
export const outputSchema = z.strictObject({
  value: z.unknown().meta({ description: 'Text with ${volume.NAME.wwn}, or a list or map of such.' }),
  description: z.string().optional(),
});

export const importSchema = z.strictObject({
  address: z.string().meta({ description: 'Address of a volume that this document declares: volume.data.' }),
  system: oneName.meta({ description: 'Storage system that has it.' }),
  nativeId: z.string().min(1).meta({ description: 'What the storage system calls it.' }),
});

const common = {
  forget: z.array(z.string()).meta({ description: 'Addresses to drop from the state, left on the device.' }).optional(),
  import: z.array(importSchema).optional(),
};

/** Everything but variables and resources. */
export const HEADER_SCHEMAS = {
  infrastructure: z.strictObject({ kind: z.literal('infrastructure'), stack: oneName.optional(), ...common }),
  stack: z.strictObject({ kind: z.literal('stack'), stack: oneName, project: oneName, ...common }),
} as const;

export type Import = z.output<typeof importSchema>;
