/** The driver on the obedient switch, as the network conformance suite wants it: hands, faults, a second session. */
import { type CommandSession, DriverError, type NetworkSystem, type Shell, type ZoneMember } from 'coprhd/driver';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import type { NetworkConformanceTarget } from '../../../src/engine/driver/conformance/network-target.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { copyDatabase, createObedientSwitch, logIn, type ObedientSwitch } from './obedient-switch.ts';
import { shellOf, VSAN } from './support.ts';

const USER = 'coprhd';

/** What happens to a line on its way. */
export type Fate = 'arrives' | 'lost' | 'answer lost';

/** One machine with its clock and its line; sessions come and go. */
function createMachine(mode: 'basic' | 'enhanced', wwn: string) {
  const device = createObedientSwitch(mode, wwn);
  const clock = createVirtualClock();
  const line = {
    ...{ epoch: 0, logins: 0, latencyMs: 0 },
    fate: (_said: string): Fate => 'arrives',
    /** Said instead of the next answer to `show`. */
    instead: undefined as string | undefined,
  };
  const openShell = (): Shell => {
    const say = logIn(device, USER);
    const { epoch } = line;
    let isOpen = true;
    const gone = (errorClass: 'transient' | 'ambiguous', message: string): never => {
      isOpen = false;
      throw new DriverError({ class: errorClass, message });
    };
    return {
      ...shellOf(async ({ line: said, deadlineMs }) => {
        if (!isOpen || epoch !== line.epoch) return gone('transient', 'the shell is closed');
        await Promise.resolve();
        if (clock.nowMs() + line.latencyMs > deadlineMs) {
          clock.advance(Math.max(0, deadlineMs - clock.nowMs()));
          return gone('ambiguous', 'no prompt in time');
        }
        clock.advance(line.latencyMs);
        const fate = line.fate(said);
        if (fate === 'lost') return gone('ambiguous', `cut before ${said}`);
        const instead = said.startsWith('show ') ? line.instead : undefined;
        if (instead !== undefined) line.instead = undefined;
        const answer = instead === undefined ? say(said) : `${instead}\nsw1# `;
        return fate === 'answer lost' ? gone('ambiguous', `cut after ${said}`) : answer;
      }),
      pause: async (durationMs) => clock.advance(durationMs),
      close: async () => {
        isOpen = false;
      },
    };
  };
  return { device, clock, line, openShell };
}

type Machine = ReturnType<typeof createMachine>;

async function connect({ line, openShell }: Machine): Promise<NetworkSystem> {
  let seen = -1;
  const session: CommandSession = {
    type: 'command',
    run: () => Promise.reject(new Error('no programs are run on a switch')),
    openShell: async () => {
      if (seen !== line.epoch) line.logins += 1;
      seen = line.epoch;
      return openShell();
    },
    close: async () => {},
  };
  return manifest.connect({ configuration: manifest.configuration.parse({ user: USER }), session });
}

const typed = (member: ZoneMember): string => {
  if (member.type === 'wwpn') return `pwwn ${member.wwpn}`;
  if (member.type === 'alias') return `fcalias ${member.alias}`;
  throw new TypeError(`member of type ${member.type}`);
};

function handsOf(device: ObedientSwitch) {
  const published = (enable: boolean, zoneset: string) => {
    if (enable) device.activate(zoneset);
  };
  return {
    createZone: async (args: {
      name: string;
      members: readonly ZoneMember[];
      configuration: string;
      enable: boolean;
    }) => {
      const { name, members, configuration, enable } = args;
      const { zones, zonesets } = device.full;
      zones.set(name, members.map(typed));
      zonesets.set(configuration, [...(zonesets.get(configuration) ?? []), name]);
      published(enable, configuration);
    },
    changeZone: async (name: string, members: readonly ZoneMember[], enable: boolean) => {
      device.full.zones.set(name, members.map(typed));
      published(enable, device.active!.name);
    },
    deleteZone: async (name: string, enable: boolean) => {
      device.dropZone(device.full, name);
      published(enable, device.active!.name);
    },
    createAlias: async (name: string, members: readonly ZoneMember[]) => {
      device.full.fcaliases.set(name, members.map(typed));
    },
    changeAlias: async (name: string, members: readonly ZoneMember[]) => {
      device.full.fcaliases.set(name, members.map(typed));
    },
    defaultZone: async (access: 'deny' | 'permit') => {
      device.permits = access === 'permit';
    },
    logout: async (wwpn: string) => {
      device.ports.delete(wwpn);
    },
  };
}

/** The line with which a change takes effect. */
const isDecisive = (said: string, mode: string): boolean =>
  said.startsWith(mode === 'enhanced' ? 'zone commit' : 'zoneset activate');
export const isWriting = (said: string): boolean => !/^(?:show|terminal|configure|end|exit|copy)\b/.test(said);

function faultsOf({ device, line }: Machine) {
  const once = (hits: (said: string) => boolean, fate: Fate) => {
    line.fate = (said) => {
      if (!hits(said)) return 'arrives';
      line.fate = () => 'arrives';
      return fate;
    };
  };
  return {
    loseReply: async () => once((said) => isDecisive(said, device.mode), 'answer lost'),
    loseRequest: async () => once(isWriting, 'lost'),
    busy: async () => {
      device.isBusy = true;
    },
    slow: async (latencyMs: number) => {
      line.latencyMs = latencyMs;
    },
    rejectActivation: async () => {
      device.rejects = true;
    },
    partialZones: async () => {
      device.showsPart = true;
    },
    clear: async () => {
      Object.assign(device, { isBusy: false, showsPart: false });
      line.latencyMs = 0;
    },
    asked: () => device.refused,
  };
}

const SAMPLES = [
  ['% Permission denied for the role', 'auth'],
  ["% Invalid command at '^' marker.", 'unsupported'],
  ['% VSAN 100 does not exist', 'not-found'],
  ['% Lock is currently busy', 'busy'],
  ['Cisco, but nothing that is known', 'ambiguous'],
] as const;

const samplesOf =
  ({ clock, line }: Machine, network: NetworkSystem) =>
  () =>
    SAMPLES.map(([title, wanted]) => ({
      ...{ title, class: wanted },
      run: async () => {
        line.instead = title;
        const signal = new AbortController().signal;
        const log = { debug: () => {} };
        await network.identify({ nowMs: clock.nowMs, deadlineMs: clock.nowMs() + 10_000, signal, log });
      },
    }));

let machines = 0;

/** A machine of its own, and the driver on it. */
export async function openMachine(mode: 'basic' | 'enhanced') {
  machines += 1;
  const tail = machines.toString(16).padStart(4, '0').replace(/^(..)/, '$1:');
  const machine = createMachine(mode, `20:64:00:0d:ec:aa:${tail}`);
  return { machine, network: await connect(machine), fabric: `${machine.device.wwn}/${VSAN}` };
}

export function obedientTarget(mode: 'basic' | 'enhanced'): NetworkConformanceTarget {
  return {
    manifest,
    open: async () => {
      const { machine, network, fabric } = await openMachine(mode);
      const { device, clock, line } = machine;
      const openTransaction = async (user: string) => {
        device.session = { user, database: copyDatabase(device.full) };
      };
      return {
        ...{ network, fabric, clock, close: () => network.close() },
        hand: { ...handsOf(device), ...(mode === 'enhanced' ? { openTransaction } : {}) },
        faults: faultsOf(machine),
        writes: () => device.writes,
        secondSession: () => connect(machine),
        otherDevice: async () => (await openMachine(mode)).network,
        overflow: { zones: 40, members: 200 },
        secrets: ['hunter2-secret'],
        expireSession: async () => {
          line.epoch += 1;
        },
        logins: () => line.logins,
        errorSamples: samplesOf(machine, network),
      };
    },
  };
}
