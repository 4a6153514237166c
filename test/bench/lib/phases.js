// One plan in this process, by the same door as the command line's, with a clock at its edges: reading the plan files,
// reading the state (time inside the store), looking at the devices, and the engine, which is all the rest. Prints JSON
// in milliseconds. Usage: node test/bench/lib/phases.js DIRECTORY [INPUT AS JSON]; scale.js runs it.
import { join } from 'node:path';

const modules = new URL('../../../dist/src/', import.meta.url);
const { openLocalClient } = await import(new URL('engine/operations/local-client.js', modules));
const { readSource } = await import(new URL('commands/_base/plan-files.js', modules));
const [directory, input = '{}'] = process.argv.slice(2);
process.chdir(directory);
const stateDirectory = join(directory, '.coprhd');
const spent = { files: 0, store: 0, devices: 0, engine: 0 };

/** The store of one machine does its work before it answers with a promise: what follows is the caller's own time. */
function timed(target, names) {
  const methods = names.map((name) => [
    name,
    (...args) => {
      const startedAtMs = performance.now();
      try {
        return target[name](...args);
      } finally {
        spent.store += performance.now() - startedAtMs;
      }
    },
  ]);
  return new Proxy(target, { get: (_, name) => Object.fromEntries(methods)[name] ?? bound(target, name) });
}

const bound = (target, name) => (typeof target[name] === 'function' ? target[name].bind(target) : target[name]);

const wrapStore = (store) => {
  const outer = timed(store, ['get', 'range', 'txn']);
  const snapshot = async () => timed(await store.snapshot(), ['get', 'range']);
  return new Proxy(outer, { get: (_, name) => (name === 'snapshot' ? snapshot : outer[name]) });
};

const actor = { type: 'local', name: 'bench', uid: 0 };
const client = await openLocalClient({ state: stateDirectory, actor, wrapStore });
let at = performance.now();
const source = await readSource(['plans'], [], '.coprhd');
spent.files = performance.now() - at;

const looks = new Map();
const onEvent = ({ type, system }) => {
  if (type === 'observe.started') looks.set(system, { atMs: performance.now(), storeMs: spent.store });
  if (type !== 'observe.finished') return;
  const { atMs, storeMs } = looks.get(system);
  spent.devices += performance.now() - atMs - (spent.store - storeMs);
};
at = performance.now();
const { plan, diagnostics } = await client.call('plan', { ...source, ...JSON.parse(input) }, { onEvent });
if (!plan) throw new Error(JSON.stringify(diagnostics.slice(0, 3)));
spent.engine = performance.now() - at - spent.store - spent.devices;
await client.close();
console.log(JSON.stringify(spent));
