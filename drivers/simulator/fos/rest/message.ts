/** Requests and answers of the REST interface, and how answers are written: JSON where it was asked for, else XML. */
import type { FirmwareTraits } from '../state/firmware.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface RestRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** `?vf-id=`. */
  readonly fid?: string;
  readonly authorization?: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body: string;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const YANG_JSON = 'application/yang-data+json';
const YANG_XML = 'application/yang-data+xml';

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectIn = (value: Json | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

/** Before FOS 9 a list of one is its only item, and an empty list is left out. */
function shaped(value: Json, traits: FirmwareTraits): Json {
  if (isList(value)) {
    const items = value.map((item) => shaped(item, traits));
    return traits.listsOfOne || items.length !== 1 ? items : items[0]!;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => traits.listsOfOne || !isList(item) || item.length > 0);
  return Object.fromEntries(entries.map(([key, item]) => [key, shaped(item, traits)]));
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function xmlOf(key: string, value: Json): string {
  if (isList(value)) return value.map((item) => xmlOf(key, item)).join('');
  const inner = isObject(value)
    ? Object.entries(value)
        .map(([name, item]) => xmlOf(name, item))
        .join('')
    : escaped(String(value));
  return `<${key}>${inner}</${key}>`;
}

/** `value` has one key, the document's root. */
export function written(status: number, value: JsonObject, request: RestRequest, traits: FirmwareTraits): RestAnswer {
  const isJson = request.accept?.includes(YANG_JSON) === true;
  const body = isJson
    ? JSON.stringify(shaped(value, traits))
    : `<?xml version="1.0"?>${Object.entries(value)
        .map(([key, item]) => xmlOf(key, item))
        .join('')}`;
  return { status, headers: { 'content-type': isJson ? YANG_JSON : YANG_XML }, body };
}

export const empty = (status: number, headers: Readonly<Record<string, string>> = {}): RestAnswer => ({
  status,
  headers,
  body: '',
});
