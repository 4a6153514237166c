/**
 * What `coprhd sim` does, as functions from plain parameters to plain JSON. Throws DriverError: `exists`, `not-found`,
 * `invalid`, `conflict`, `capacity`, `busy`. Commands and tests call it; the driver doesn't.
 */
import { DriverError } from 'coprhd/driver';
import type { z } from 'zod';
import { arrayExists, arrayNames, createDiskArray, createDiskTransport, personContext } from './disk.ts';
import { type Fault, faultSchema, type StoredFault } from './faults.ts';
import { type HandEdit, type HandResult, handEditSchema } from './hand.ts';
import type { ArraySnapshot } from './inventory.ts';
import type { ControlOperations, Operations, Request } from './messages.ts';
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
  const problems = result.error.issues.map(({ path, message }) => `${[what, ...path].join('.')}: ${message}`);
  throw new DriverError({ class: 'invalid', message: problems.join('; ') });
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
  /** Exactly these; without them `generate` says how many of the usual kind (default: two with two pools). */
  readonly arrays?: readonly TopologyInput[];
  readonly generate?: GeneratorInput;
}

/** Makes arrays. Refuses with `exists` before it makes any when one of them is there already. */
export async function simUp({ directory, arrays, generate = {} }: SimUpInput): Promise<{ arrays: ArraySummary[] }> {
  const topologies =
    arrays?.map((input, index) => parsed(topologySchema, input, `arrays.${index}`)) ??
    generateTopology(parsed(generatorSchema, generate, 'generate'));
  const names = topologies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new DriverError({ class: 'invalid', message: `two arrays have the name ${twice}` });
  const there = names.filter((name) => arrayExists(directory, name));
  if (there.length > 0) {
    throw new DriverError({
      class: 'exists',
      message: `${there.join(', ')} ${there.length === 1 ? 'exists' : 'exist'} in ${directory} already`,
      hint: 'choose another directory, or put them back to their first state: coprhd sim reset',
    });
  }
  for (const topology of topologies) createDiskArray(directory, topology);
  return { arrays: topologies.map((topology) => summaryOf(directory, topology)) };
}

export interface SimTarget {
  readonly directory: string;
  readonly array: string;
}

export interface SimFaultInput extends SimTarget {
  readonly add?: Fault;
  /** One by its id, or all. */
  readonly clear?: number | 'all';
}

/** Adds or clears, and answers with the faults that are set then. */
export async function simFault(input: SimFaultInput): Promise<{ faults: readonly StoredFault[]; cleared: number }> {
  const { directory, array, add, clear } = input;
  let cleared = 0;
  if (clear !== undefined) {
    cleared = await control(directory, array, 'clearFaults', clear === 'all' ? {} : { id: clear });
  }
  if (add !== undefined) await control(directory, array, 'addFault', parsed(faultSchema, add, 'fault'));
  return { faults: await control(directory, array, 'listFaults', {}), cleared };
}

/** What a person does on the array by hand. */
export async function simEdit(
  input: SimTarget & { readonly edit: z.input<typeof handEditSchema> },
): Promise<HandResult> {
  const edit: HandEdit = parsed(handEditSchema, input.edit, 'edit');
  return control(input.directory, input.array, 'hand', edit);
}

/** Puts arrays (all of the directory, when none is named) back to what they were made as, faults included. */
export async function simReset(input: {
  readonly directory: string;
  readonly array?: string;
}): Promise<{ arrays: string[] }> {
  const arrays = input.array === undefined ? arrayNames(input.directory) : [input.array];
  if (arrays.length === 0) {
    throw new DriverError({ class: 'not-found', message: `no simulated array in ${input.directory}` });
  }
  for (const array of arrays) await control(input.directory, array, 'reset', {});
  return { arrays };
}

/** Everything on one array; equal texts of it mean equal arrays (inventory.ts, ArraySnapshot). */
export async function simShow(input: SimTarget): Promise<ArraySnapshot> {
  return control(input.directory, input.array, 'show', {});
}

/** Names of the arrays in a directory. */
export function simList({ directory }: { readonly directory: string }): { arrays: string[] } {
  return { arrays: arrayNames(directory) };
}
