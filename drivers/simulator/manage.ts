/**
 * What `coprhd sim` does, as functions from plain parameters to plain JSON. Throws DriverError: `exists`, `not-found`,
 * `invalid`, `conflict`, `capacity`, `busy`. Commands and tests call it; the driver doesn't.
 */
import { DriverError, nearest } from 'coprhd/driver';
import type { z } from 'zod';
import {
  arrayExists,
  arrayNames,
  createDiskArray,
  createDiskTransport,
  createSanTransport,
  createUnit,
  personContext,
  sanExists,
} from './disk.ts';
import { type Fault, faultSchema, networkFaultSchema, type StoredFault } from './faults.ts';
import { type HandEdit, type HandResult, handEditSchema } from './hand.ts';
import type { ArraySnapshot } from './inventory.ts';
import type { ControlOperations, Operations, Request } from './messages.ts';
import { didYouMean, refuseInput, withNames } from './near.ts';
import type { SanOperationName, SanOperations, SanRequest } from './san/core.ts';
import { fabricEditSchema, hostEditSchema } from './san/edits.ts';
import { SAN_FAULTS, type SanFault, sanFaultSchema } from './san/faults.ts';
import { SAN_UNIT } from './san/objects.ts';
import { buildSan, generateSan, type SanTopology, type SanTopologyInput, sanSchema } from './san/topology.ts';
import { forgetServed } from './serve/keeping.ts';
import {
  type GeneratorInput,
  generateTopology,
  generatorSchema,
  type Topology,
  type TopologyInput,
  topologySchema,
} from './topology.ts';

function parsed<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  return refuseInput(schema, input, what, result.error.issues);
}

async function control<K extends keyof ControlOperations>(
  directory: string,
  array: string,
  operation: K,
  args: Operations[K]['args'],
): Promise<Operations[K]['value']> {
  const ctx = personContext();
  const request = { operation, args, nowMs: ctx.nowMs() } as Request;
  const answer = await createDiskTransport(directory, array).call(request, ctx, 'ambiguous');
  if (!answer.ok) throw new DriverError(answer.error);
  return answer.value as Operations[K]['value'];
}

async function controlSan<K extends SanOperationName>(
  directory: string,
  operation: K,
  args: SanOperations[K]['args'],
): Promise<SanOperations[K]['value']> {
  const ctx = personContext();
  const request = { operation, args, nowMs: ctx.nowMs() } as SanRequest;
  const answer = await createSanTransport(directory).call(request, ctx, 'ambiguous');
  if (!answer.ok) throw new DriverError(answer.error);
  return answer.value as SanOperations[K]['value'];
}

export interface ArraySummary {
  readonly name: string;
  readonly pools: readonly string[];
  readonly ports: readonly string[];
  /** `configuration` of the storage system in a plan file. */
  readonly configuration: { readonly directory: string; readonly array: string };
}

function summaryOf(directory: string, topology: Topology): ArraySummary {
  return {
    name: topology.name,
    pools: topology.pools.map(({ name }) => name),
    ports: topology.ports.map(({ address }) => address),
    configuration: { directory, array: topology.name },
  };
}

export interface SimUpInput {
  readonly directory: string;
  /** Exactly these, and no SAN but `san`; without them `generate` says how many of the usual kind. */
  readonly arrays?: readonly TopologyInput[];
  readonly san?: SanTopologyInput;
  /** Default: two arrays with two pools, two fabrics, three hosts. */
  readonly generate?: GeneratorInput;
}

export interface SimUpResult {
  readonly arrays: ArraySummary[];
  readonly fabrics: readonly { readonly name: string; readonly switches: readonly string[] }[];
  readonly hosts: readonly { readonly name: string; readonly iqn: string; readonly wwpns: readonly string[] }[];
}

interface DataCentre {
  readonly arrays: Topology[];
  readonly san?: SanTopology;
}

function wantedOf({ arrays, san, generate = {} }: SimUpInput): DataCentre {
  if (arrays === undefined) {
    const options = parsed(generatorSchema, generate, 'generate');
    const made = generateTopology(options);
    const empty = options.fabrics === 0 && options.hosts === 0;
    return { arrays: made, ...(empty ? {} : { san: generateSan(options, made) }) };
  }
  return {
    arrays: arrays.map((input, index) => parsed(topologySchema, input, `arrays.${index}`)),
    ...(san === undefined ? {} : { san: parsed(sanSchema, san, 'san') }),
  };
}

/** Makes a data centre. Refuses with `exists` before it makes anything when a part of it is there already. */
export async function simUp(input: SimUpInput): Promise<SimUpResult> {
  const { directory } = input;
  const { arrays, san } = wantedOf(input);
  const names = arrays.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new DriverError({ class: 'invalid', message: `two arrays have the name ${twice}` });
  const there = names.filter((name) => arrayExists(directory, name));
  if (san && sanExists(directory)) there.push('the SAN');
  if (there.length > 0) {
    throw new DriverError({
      class: 'exists',
      message: `${there.join(', ')} ${there.length === 1 ? 'exists' : 'exist'} in ${directory} already`,
      hint: 'choose another directory, or put them back to their first state: coprhd sim reset',
    });
  }
  if (san) createUnit(directory, SAN_UNIT, (kv) => buildSan(kv, san));
  for (const topology of arrays) createDiskArray(directory, topology);
  return {
    arrays: arrays.map((topology) => summaryOf(directory, topology)),
    fabrics: (san?.fabrics ?? []).map(({ name, switches }) => ({ name, switches: switches.map((one) => one.name) })),
    hosts: (san?.hosts ?? []).map(({ name, iqn, hbas }) => ({ name, iqn, wwpns: hbas.map(({ wwpn }) => wwpn) })),
  };
}

export interface SimTarget {
  readonly directory: string;
  readonly array: string;
}

export interface SimFaultInput {
  readonly directory: string;
  /** Name of an array, or of a fabric. */
  readonly array: string;
  readonly add?: Fault;
  /** One by its id, or all. */
  readonly clear?: number | 'all';
}

/** Arrays, fabrics and hosts. */
async function targetNames(directory: string): Promise<string[]> {
  const arrays = arrayNames(directory);
  if (!sanExists(directory)) return arrays;
  const { fabrics, hosts } = (await controlSan(directory, 'showSan', {})) as Record<string, { name: string }[]>;
  return [...arrays, ...[...fabrics!, ...hosts!].map(({ name }) => name)];
}

/** What can be broken: switches, hosts, and cables by the ports that they are in. */
async function breakableNames(directory: string): Promise<string[]> {
  const { fabrics, hosts } = (await controlSan(directory, 'showSan', {})) as Record<string, { name: string }[]>;
  const ofFabrics = fabrics!.map(async ({ name }) => {
    const { switches, endpoints } = (await controlSan(directory, 'showSan', { name })) as {
      switches: { name: string }[];
      endpoints: { items: { port: string }[] };
    };
    return [...switches.map((one) => one.name), ...endpoints.items.map(({ port }) => port)];
  });
  const ofArrays = arrayNames(directory).map(async (array) =>
    (await simShow({ directory, array })).ports.map(({ name }) => `${array}:${name}`),
  );
  return [...hosts!.map(({ name }) => name), ...(await Promise.all([...ofFabrics, ...ofArrays])).flat()];
}

/** Adds or clears, and answers with the faults that are set then. */
export async function simFault(input: SimFaultInput): Promise<{ faults: readonly StoredFault[]; cleared: number }> {
  const { directory, array } = input;
  // A physical fault that is misspelled is taken for a name.
  const names = async () => [...(await targetNames(directory)), ...SAN_FAULTS];
  return withNames([array], names, () => setFaults(input));
}

async function setFaults(input: SimFaultInput): Promise<{ faults: readonly StoredFault[]; cleared: number }> {
  const { directory, array: name, add, clear } = input;
  const isFabric = !arrayExists(directory, name) && sanExists(directory);
  const which = clear === 'all' || clear === undefined ? {} : { id: clear };
  let cleared = 0;
  if (isFabric) {
    const fabric = { fabric: name };
    if (clear !== undefined) cleared = await controlSan(directory, 'clearFaults', { ...fabric, ...which });
    const fault = add && parsed(networkFaultSchema, add, 'fault');
    if (fault) await controlSan(directory, 'addFault', { ...fabric, fault });
    return { faults: await controlSan(directory, 'listFaults', fabric), cleared };
  }
  if (clear !== undefined) cleared = await control(directory, name, 'clearFaults', which);
  if (add !== undefined) await control(directory, name, 'addFault', parsed(faultSchema, add, 'fault'));
  return { faults: await control(directory, name, 'listFaults', {}), cleared };
}

/** Breaks or mends a cable, a switch or a host. */
export async function simBreak(input: {
  readonly directory: string;
  readonly fault: SanFault;
}): Promise<{ readonly changed: readonly string[]; readonly broken: unknown }> {
  const { fault: _kind, ...about } = input.fault;
  const { changed } = await withNames(
    Object.values(about).filter((name) => name !== undefined),
    () => breakableNames(input.directory),
    () => controlSan(input.directory, 'breakSan', parsed(sanFaultSchema, input.fault, 'fault')),
  );
  const { broken } = await controlSan(input.directory, 'showSan', { limit: 0 });
  return { changed, broken };
}

const EDITS = { array: handEditSchema, fabric: fabricEditSchema, host: hostEditSchema } as const;
type AnyEdit = { readonly [K in keyof typeof EDITS]: z.input<(typeof EDITS)[K]> }[keyof typeof EDITS];
type ArrayEdit = z.input<typeof handEditSchema>;

/** What can be edited by hand, by what it is done on, with the names of their values (`?` = may be left out). */
export const editKinds = (): Record<keyof typeof EDITS, Record<string, string[]>> => ({
  array: kindsOf(handEditSchema),
  fabric: kindsOf(fabricEditSchema),
  host: kindsOf(hostEditSchema),
});

function kindsOf(schema: { readonly options: readonly z.ZodObject[] }): Record<string, string[]> {
  const entries = schema.options.map(({ shape }) => {
    const { edit, ...values } = shape as Record<string, z.ZodType> & { edit: z.ZodLiteral<string> };
    const names = Object.entries(values).map(([name, type]) => (type.safeParse(undefined).success ? `${name}?` : name));
    return [edit.value, names] as const;
  });
  return Object.fromEntries(entries);
}

/** What a person does on an array, a fabric or a host by hand. `array` is the name of any of them. */
export async function simEdit(input: SimTarget & { readonly edit: AnyEdit }): Promise<HandResult> {
  const { directory, array: name, edit } = input;
  const kinds = editKinds();
  const target = (['fabric', 'host'] as const).find((kind) => Object.hasOwn(kinds[kind], edit.edit));
  if (!target && !Object.hasOwn(kinds.array, edit.edit)) {
    const near = nearest(edit.edit, Object.values(kinds).flatMap(Object.keys));
    const hint = near === undefined ? 'coprhd sim edit --help' : didYouMean([near]);
    throw new DriverError({ class: 'invalid', message: `there is no edit ${edit.edit}`, hint });
  }
  return withNames(
    [name],
    () => targetNames(directory),
    () => applyEdit(target, input),
  );
}

async function applyEdit(
  target: 'fabric' | 'host' | undefined,
  { directory, array: name, edit }: SimTarget & { readonly edit: AnyEdit },
): Promise<HandResult> {
  if (target === 'fabric') {
    await controlSan(directory, 'editFabric', { fabric: name, edit: parsed(fabricEditSchema, edit, 'edit') });
    return {};
  }
  if (target === 'host') {
    await controlSan(directory, 'editHost', { host: name, edit: parsed(hostEditSchema, edit, 'edit') });
    return {};
  }
  const change: HandEdit = parsed(handEditSchema, edit as ArrayEdit, 'edit');
  return control(directory, name, 'hand', change);
}

/** Puts one array, or everything in the directory, back to what it was made as, faults and served switches included. */
export async function simReset(input: {
  readonly directory: string;
  readonly array?: string;
}): Promise<{ arrays: string[] }> {
  const arrays = input.array === undefined ? arrayNames(input.directory) : [input.array];
  if (arrays.length === 0) {
    throw new DriverError({ class: 'not-found', message: `no simulated array in ${input.directory}` });
  }
  if (input.array === undefined) forgetServed(input.directory);
  for (const array of arrays) await control(input.directory, array, 'reset', {});
  if (input.array === undefined && sanExists(input.directory)) await controlSan(input.directory, 'resetSan', {});
  return { arrays };
}

/** Everything on one array; equal texts of it mean equal arrays (inventory.ts, ArraySnapshot). */
export async function simShow(input: SimTarget): Promise<ArraySnapshot> {
  return control(input.directory, input.array, 'show', {});
}

/** An array's lists cut to `limit`, with the number of what was left out. */
function bounded(snapshot: ArraySnapshot, limit: number): Readonly<Record<string, unknown>> {
  const omitted: Record<string, number> = {};
  const entries = Object.entries(snapshot).map(([key, value]: [string, unknown]) => {
    if (!Array.isArray(value) || value.length <= limit) return [key, value];
    omitted[key] = value.length - limit;
    return [key, value.slice(0, limit)];
  });
  return { ...Object.fromEntries(entries), ...(Object.keys(omitted).length === 0 ? {} : { omitted }) };
}

/** The data centre in short, or one array, fabric or host: at most `limit` items of each kind, all without it. */
export async function simLook(input: {
  readonly directory: string;
  readonly name?: string;
  readonly limit?: number;
}): Promise<Readonly<Record<string, unknown>>> {
  const { directory, name, limit } = input;
  const args = { ...(name === undefined ? {} : { name }), ...(limit === undefined ? {} : { limit }) };
  if (name !== undefined && arrayExists(directory, name)) {
    const snapshot = await simShow({ directory, array: name });
    return bounded(snapshot, limit ?? Number.POSITIVE_INFINITY);
  }
  if (name !== undefined) return controlSan(directory, 'showSan', args);
  const arrays = arrayNames(directory);
  const shown = { arrays: arrays.slice(0, limit), arrayCount: arrays.length };
  return sanExists(directory) ? { ...shown, ...(await controlSan(directory, 'showSan', args)) } : shown;
}

/** Names of the arrays in a directory. */
export function simList({ directory }: { readonly directory: string }): { arrays: string[] } {
  return { arrays: arrayNames(directory) };
}
