/** A daemon on a simulated array for tests of changes over CoprHD's API, and what they all ask of it. */
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Gate } from '../../src/daemon/gate.ts';
import { type Client, clientOf, finished, type Json, many, references } from './client.ts';
import { oneArray, plainGate, startTestDaemon, type TestDaemon } from './support.ts';

export const INFRASTRUCTURE = (sim: string) => `
${oneArray(sim)}
virtualPools:
  gold: { type: block, protocols: [iscsi], virtualArrays: [dc1], multiVolumeConsistency: true }
tenants: { finance: { use: { virtualArrays: [dc1], virtualPools: [gold] } } }
hosts:
  h1: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h1", network: san }] }
  h2: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h2a", network: san }, { iqn: "iqn.2026-01.com.example:h2b", network: san }] }
projects: { p: {} }
`;
export const STACK = (size: string) => `
kind: stack
stack: web
project: p
volumes: { declared: { size: ${size}, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete } }
`;

/** Texts of plan files as operations take them. */
export const sourceOf = (...texts: string[]) => ({
  texts: texts.map((text, index) => ({ file: `${index}.yaml`, text })),
  variables: {},
});

export interface RestEstate {
  readonly daemon: TestDaemon;
  /** Directory of the simulator. */
  readonly sim: string;
  /** Project, virtual array and virtual pool that volumes are made of. */
  readonly ids: Awaited<ReturnType<typeof references>>;
  readonly client: Client;
  apply(...texts: string[]): Promise<void>;
  /** What the array shows. */
  array(): Promise<Json>;
  fault(add: Json): Promise<unknown>;
  noFaults(): Promise<unknown>;
  /** The tasks of an answer when they have ended; one alone where the answer is one. */
  ended(asked: Promise<{ status: number; body: Json }>): Promise<Json>;
  /** Ids of new volumes. */
  volumes(name: string, count: number, more?: Json): Promise<string[]>;
  /** Id of the resource of that name in a list. */
  named(where: string, key: string, name: string): Promise<string>;
}

/** Call it in a file, or a describe: the daemon starts before its tests and ends after them. */
export function useRestEstate(gate: Gate = plainGate): RestEstate {
  let daemon: TestDaemon;
  let sim = '';
  let ids: RestEstate['ids'];
  const client = clientOf((asked) => daemon.send(asked), 'json');
  const simulator = (verb: 'show' | 'fault', more: Json) =>
    daemon.local.call('sim', { verb, arguments: { directory: sim, ...more } });
  const apply = async (...texts: string[]) => {
    const input = { source: sourceOf(...texts), skipHeld: false, claimWaitMs: 0 };
    expect((await daemon.local.call('apply', input)).outcome).toBe('ok');
  };
  const ended: RestEstate['ended'] = async (asked) => {
    const { status, body } = await asked;
    expect([status, body.details]).toEqual([expect.toSatisfy((code) => code === 202 || code === 200), undefined]);
    const begun = body.task ? many(body.task) : [body];
    const tasks = await Promise.all(begun.map(({ id }) => finished(client, `/vdc/tasks/${id}`)));
    return body.task ? { task: tasks } : tasks[0]!;
  };
  beforeAll(async () => {
    daemon = await startTestDaemon({ gate });
    sim = path.join(daemon.directory, 'sim');
    await daemon.local.call('sim', { verb: 'up', arguments: { directory: sim, generate: { arrays: 1 } } });
    await apply(INFRASTRUCTURE(sim), STACK('1GiB'));
    ids = await references(client);
  });
  afterAll(async () => {
    await daemon.end();
    expect(daemon.errors).toEqual([]);
  });
  return {
    get daemon() {
      return daemon;
    },
    get sim() {
      return sim;
    },
    get ids() {
      return ids;
    },
    client,
    apply,
    array: async () => ((await simulator('show', { name: 'sim-1' })) as Json).output,
    fault: (add) => simulator('fault', { array: 'sim-1', add }),
    noFaults: () => simulator('fault', { array: 'sim-1', clear: 'all' }),
    ended,
    volumes: async (name, count, more = {}) => {
      const done = await ended(client.post('/block/volumes', '', { name, size: '64MB', count, ...ids, ...more }));
      const tasks = many(done.task);
      expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => 'ready'));
      return tasks.map(({ resource }) => resource.id as string);
    },
    named: async (where, key, name) =>
      many((await client.get(where)).body[key]).find((each) => each.name === name)!.id as string,
  };
}
