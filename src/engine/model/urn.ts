/** CoprHD's identifiers: `urn:storageos:<Class>:<uuid>:<vdc1|global>`. A URN is identity; it never changes and is never re-used. */
import { assert } from '../../lib/assert.ts';
import { sha256Hex } from '../../lib/canonical-json.ts';
import { KIND_NAMES, type KindName, kindEntry } from './kinds.ts';

export type Urn = `urn:storageos:${string}`;

const PATTERN =
  /^urn:storageos:([A-Za-z]+):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9]*)$/;

const KIND_BY_CLASS = new Map(KIND_NAMES.map((name) => [kindEntry(name).coprhdClass, name]));

export function makeUrn(kind: KindName, uuid: string): Urn {
  const { coprhdClass, urnSuffix } = kindEntry(kind);
  return `urn:storageos:${coprhdClass}:${uuid}:${urnSuffix}`;
}

export function isUrn(text: string): text is Urn {
  return PARTS.has(text) || PATTERN.test(text);
}

interface UrnParts {
  readonly kind: KindName;
  readonly uuid: string;
}

/** A URN is taken apart dozens of times in one plan, always with the same result. Emptied when it is full. */
const PARTS = new Map<string, UrnParts>();
const PARTS_MAX = 200_000;

/** Kind and uuid of a URN of ours. Throws on a malformed one: URNs come from records, never from users, unchecked. */
export function parseUrn(urn: Urn): UrnParts {
  const known = PARTS.get(urn);
  if (known) return known;
  const match = PATTERN.exec(urn);
  assert(match, `malformed URN ${urn}`);
  const kind = KIND_BY_CLASS.get(match[1]!);
  assert(kind, `URN of an unknown class: ${urn}`);
  const parts = { kind, uuid: match[2]! };
  if (PARTS.size >= PARTS_MAX) PARTS.clear();
  PARTS.set(urn, parts);
  return parts;
}

/** Of text from outside; undefined when it is no URN of a kind of ours. */
export function kindOfUrn(text: string): KindName | undefined {
  const known = PARTS.get(text);
  if (known) return known.kind;
  const match = text.startsWith('urn:') ? PATTERN.exec(text) : null;
  return match ? KIND_BY_CLASS.get(match[1]!) : undefined;
}

export const uuidOf = (urn: Urn): string => parseUrn(urn).uuid;

/** A URN from the plan's random seed: unique, though the same for the same seed and text. */
export function urnFromSeed(seed: string, kind: KindName, text: string): Urn {
  const hex = sha256Hex(`${seed}\n${kind}\n${text}`);
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return makeUrn(kind, uuid);
}

/** Stands for a pair, always the same for the same two: what one has in another. No record has it. */
export function pairUrn(a: Urn, b: Urn): Urn {
  return urnFromSeed(a, 'member', b);
}

/** The tenant every installation starts with. */
export const ROOT_TENANT_URN: Urn = makeUrn('tenant', '00000000-0000-4000-8000-000000000001');
export const ROOT_TENANT_NAME = 'root';
