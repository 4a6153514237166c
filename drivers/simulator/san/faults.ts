/** What breaks in a data centre besides arrays: cables, switches, hosts. `coprhd sim fault` sets it and takes it back. */
import { DriverError } from 'coprhd/driver';
import { z } from 'zod';
import { type Kv, table } from '../kv.ts';
import { SELF } from '../objects.ts';
import { cableId, cables, hosts, sans, switches } from './objects.ts';

const text = z.string().min(1);

/** A cable is named by a port: `host-1:hba0`, `sim-1:SP-A1`. */
export const sanFaultSchema = z.discriminatedUnion('fault', [
  /** Without a name: the cable of the first port of the first array (or host). */
  z.strictObject({ fault: z.literal('pull-cable'), cable: text.optional() }),
  /** Without a name: every cable that is out. */
  z.strictObject({ fault: z.literal('plug-cable'), cable: text.optional() }),
  z.strictObject({ fault: z.literal('switch-down'), switch: text }),
  z.strictObject({ fault: z.literal('switch-up'), switch: text }),
  z.strictObject({ fault: z.literal('host-off'), host: text }),
  z.strictObject({ fault: z.literal('host-on'), host: text }),
]);
export type SanFault = z.infer<typeof sanFaultSchema>;
export const SAN_FAULTS = sanFaultSchema.options.map(({ shape }) => shape.fault.value);

/** Names of the cables, switches or hosts that it was about. */
export interface SanFaultResult {
  readonly changed: readonly string[];
}

interface Broken {
  readonly type: 'cable' | 'switch' | 'host';
  readonly name: string;
}

/** What is broken right now; there is never much of it. */
const broken = table<Broken>('broken', 'fault');

/** The first port of the SAN as it was made, arrays first. */
function firstCable(kv: Kv): string {
  const { arrayPorts, hosts: made } = sans.need(kv, SELF).topology;
  const own = made.flatMap(({ name, hbas, nics }) => [...hbas, ...nics].map((port) => cableId(name, port.name)));
  const first = arrayPorts[0] ? cableId(arrayPorts[0].array, arrayPorts[0].port) : own[0];
  if (first === undefined) throw new DriverError({ class: 'not-found', message: 'there is no cable' });
  return first;
}

export function listBroken(kv: Kv): Broken[] {
  const all = broken.list(kv).map((id) => broken.listed(kv, id));
  return all.sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

/** Notes that it is broken, or whole again. */
function note(kv: Kv, one: Broken, works: boolean): void {
  const id = `${one.type}:${one.name}`;
  if (works) broken.delete(kv, id);
  else broken.put(kv, id, one);
}

function setCable(kv: Kv, name: string, plugged: boolean): void {
  cables.put(kv, name, { ...cables.need(kv, name), plugged });
  note(kv, { type: 'cable', name }, plugged);
}

function setSwitch(kv: Kv, name: string, up: boolean): void {
  switches.put(kv, name, { ...switches.need(kv, name), up });
  note(kv, { type: 'switch', name }, up);
}

function setHost(kv: Kv, name: string, on: boolean): void {
  hosts.put(kv, name, { ...hosts.need(kv, name), on });
  note(kv, { type: 'host', name }, on);
}

/** Names of what it changed. What is so already stays so. */
export function applySanFault(kv: Kv, fault: SanFault): SanFaultResult {
  switch (fault.fault) {
    case 'pull-cable': {
      const cable = fault.cable ?? firstCable(kv);
      setCable(kv, cable, false);
      return { changed: [cable] };
    }
    case 'plug-cable': {
      const out = listBroken(kv).flatMap(({ type, name }) => (type === 'cable' ? [name] : []));
      const changed = fault.cable === undefined ? out : [fault.cable];
      for (const cable of changed) setCable(kv, cable, true);
      return { changed };
    }
    case 'switch-down':
    case 'switch-up':
      setSwitch(kv, fault.switch, fault.fault === 'switch-up');
      return { changed: [fault.switch] };
    case 'host-off':
    case 'host-on':
      setHost(kv, fault.host, fault.fault === 'host-on');
      return { changed: [fault.host] };
  }
}
