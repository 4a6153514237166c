/** Kinds of records that stand for a device which coprhd logs in to: what they have in common, and what people call them. */
import type { ResourceRecord } from './record.ts';

export const DEVICE_KINDS = ['storageSystem', 'networkSystem'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];
export type DeviceRecord = ResourceRecord<DeviceKind>;

/** In the middle of a sentence. */
export const DEVICE_WORDS: Readonly<Record<DeviceKind, string>> = {
  storageSystem: 'storage system',
  networkSystem: 'network system',
};

export const isDeviceKind = (kind: string): kind is DeviceKind => (DEVICE_KINDS as readonly string[]).includes(kind);

/** Narrows by what the record says of itself. */
export function isDevice<K extends DeviceKind>(record: ResourceRecord, kind: K): record is ResourceRecord<K> {
  return record.kind === kind;
}

/** `storage system array-1`. */
export const deviceText = ({ kind, name }: Pick<DeviceRecord, 'kind' | 'name'>): string =>
  `${DEVICE_WORDS[kind]} ${name}`;
