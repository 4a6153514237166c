/** A client of CoprHD's API that speaks JSON or XML; what it reads is put into one shape. */
import { XMLParser } from 'fast-xml-parser';
import { expect } from 'vitest';
import { WRAPPED } from '../../src/daemon/wire/xml.ts';
import type { Answer, Asked } from './support.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers; what is read of it is compared
export type Json = Record<string, any>;
type Method = 'POST' | 'PUT';
interface Read {
  readonly status: number;
  readonly body: Json;
}

export interface Client {
  readonly form: 'json' | 'xml';
  get(where: string): Promise<Read>;
  /** `root`: of the XML document. */
  send(method: Method, where: string, root?: string, body?: Json): Promise<Read>;
  post(where: string, root?: string, body?: Json): Promise<Read>;
}

/** `send`: to the daemon that is meant. */
export function clientOf(send: (asked: Asked) => Promise<Answer>, form: 'json' | 'xml', token = 'admin'): Client {
  // Clients say their content type with requests that have no body, too.
  const headers = { 'x-sds-auth-token': token, accept: `application/${form}`, 'content-type': `application/${form}` };
  const read = ({ status, text }: Answer) => ({
    status,
    body: form === 'json' ? (JSON.parse(text) as Json) : fromXml(text),
  });
  const ask: Client['send'] = async (method, where, root = '', body) => {
    const text = body === undefined ? undefined : form === 'json' ? JSON.stringify(body) : toXml(root, body);
    return read(await send({ method, path: where, headers, ...(text === undefined ? {} : { body: text }) }));
  };
  return {
    form,
    get: async (where) => read(await send({ path: where, headers })),
    send: ask,
    post: (...asking) => ask('POST', ...asking),
  };
}

const parser = new XMLParser({ parseTagValue: false });
/** One element of a list in XML doesn't show that it is one. */
export const many = (value: unknown): Json[] => [value ?? []].flat() as Json[];

/** A list in a wrapper, as a request has it. */
export const wrapped = ({ form }: Client, item: string, values: readonly unknown[]): unknown =>
  form === 'json' ? values : { [item]: values };

/** Of a list in a wrapper. */
export const inside = (value: Json | Json[], item: string): Json[] => many(Array.isArray(value) ? value : value[item]);

export function fromXml(text: string): Json {
  expect(text).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8" standalone="yes"\?><[A-Za-z_-]+>|^<\?xml[^>]*\?><[A-Za-z_-]+\/>/,
  );
  const { '?xml': _declaration, ...document } = parser.parse(text) as Json;
  return (Object.values(document)[0] || {}) as Json;
}

const toXml = (root: string, body: unknown): string => `<?xml version="1.0"?>${element(root, body)}`;
function element(name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const item = WRAPPED[name];
    const each = value.map((one) => element(item ?? name, one)).join('');
    return item === undefined ? each : `<${name}>${each}</${name}>`;
  }
  if (value === null) return '';
  const text =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, field]) => element(key, field))
          .join('')
      : String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<${name}>${text}</${name}>`;
}

/** Polls as clients do, until it isn't pending any more. */
export async function finished(client: Client, where: string): Promise<Json> {
  for (let polls = 0; polls < 1_500; polls++) {
    const { status, body } = await client.get(where);
    expect([where, status, body.details]).toEqual([where, 200, undefined]);
    if (!['pending', 'queued'].includes(body.state)) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${where} never ends`);
}

export async function references(client: Client, project = 'p') {
  const named = async (where: string, key: string, name: string) =>
    many((await client.get(where)).body[key]).find((each) => each.name === name)!.id as string;
  const tenant = (await client.get('/tenant')).body.id as string;
  return {
    project: await named(`/tenants/${tenant}/projects`, 'project', project),
    varray: await named('/vdc/varrays', 'varray', 'dc1'),
    vpool: await named('/block/vpools', 'virtualpool', 'gold'),
  };
}
