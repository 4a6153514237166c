/** A scripted switch: the lines that it expects, in order, with what it answers. Anything else fails the test. */
import {
  type CallContext,
  type CommandSession,
  DriverError,
  type NetworkSystem,
  type Shell,
  type ShellCommand,
  type ZoneDelta,
  type ZoneMember,
} from 'coprhd/driver';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import { type Work, workOf } from '../../../drivers/cisco-mds/model/work.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';

export const VSAN = 100;
export const FABRIC = `20:64:00:0d:ec:aa:bb:01/${VSAN}`;
export const CONFIGURATION = 'prod';
export const OWNER = 'coprhd test';
export const CREATED = "Enhanced zone session has been created. Please 'commit' the changes when done.\n";

export const wwpn = (name: string): ZoneMember => ({ type: 'wwpn', wwpn: name });
/** A WWPN that ends with this byte. */
export const port = (byte: string): ZoneMember => wwpn(`10:00:00:00:c9:00:00:${byte}`);

export function delta(changes: Partial<ZoneDelta>): ZoneDelta {
  return {
    ...{ fabric: FABRIC, base: '', owner: OWNER, configuration: CONFIGURATION },
    ...{ addAliases: [], removeAliases: [], add: [], change: [], remove: [] },
    ...{ activate: true, activatePending: false },
    ...changes,
  };
}

/** A shell of what is said with the prompt as its last line. */
export const shellOf = (
  say: (command: ShellCommand) => Promise<string>,
): Pick<Shell, 'greeting' | 'send' | 'exchange'> => ({
  greeting: '',
  send: () => Promise.reject(new Error('what it asks is looked at')),
  exchange: async (command) => {
    const said = await say(command);
    const at = said.lastIndexOf('\n') + 1;
    return { text: said.slice(0, at), prompt: said.slice(at) };
  },
});

export const work = (changes: Partial<ZoneDelta>): Work => workOf(delta(changes));

/** `drop`: it does what the line says, and the connection ends before the answer. */
export type Answer =
  | string
  | { readonly drop: true }
  | { readonly ask: string; readonly expect: string; readonly says: string };
export type Exchange = readonly [line: string, answer?: Answer];

export interface Scripted {
  readonly network: NetworkSystem;
  ctx(overrides?: Partial<CallContext>): CallContext;
  /** Lines sent, without those that only read or move between modes. */
  readonly written: string[];
  /** Dialogues that were closed. */
  closed(): number;
  /** Fails when something that was expected has not been said. */
  finish(): void;
}

const READING = /^(?:show |terminal |configure terminal$|end$|exit$)/;

export async function scripted(
  exchanges: readonly Exchange[],
  configuration: object = {},
  first: Exchange = ['terminal length 0'],
): Promise<Scripted> {
  const clock = createVirtualClock();
  const left: Exchange[] = [first, ...exchanges];
  const written: string[] = [];
  const failures: string[] = [];
  let closed = 0;

  const openShell = async (): Promise<Shell> => {
    let mode = '';
    let ended = false;
    let asked: { readonly expect: string; readonly says: string } | undefined;
    const prompt = () => `sw1${mode === '' ? '' : `(${mode})`}# `;
    const fail = (message: string): never => {
      failures.push(message);
      throw new Error(message);
    };
    const drop = (): never => {
      ended = true;
      throw new DriverError({ class: 'ambiguous', message: 'the device closed the shell' });
    };
    const send = async ({ line }: ShellCommand): Promise<string> => {
      if (ended) throw new DriverError({ class: 'transient', message: 'the shell is closed' });
      if (asked) {
        const { expect, says } = asked;
        asked = undefined;
        return line === expect ? `${says}${prompt()}` : fail(`answered ${line}, not ${expect}`);
      }
      const [expected, answer = ''] = left.shift() ?? fail(`nothing was expected, but: ${line}`);
      if (line !== expected) fail(`expected: ${expected}, but: ${line}`);
      if (!READING.test(line)) written.push(line);
      mode = modeAfter(mode, line);
      if (typeof answer === 'string') return `${answer}${prompt()}`;
      if ('drop' in answer) return drop();
      asked = answer;
      return answer.ask;
    };
    return {
      ...shellOf(send),
      pause: async (durationMs) => clock.advance(durationMs),
      close: async () => {
        ended = true;
        closed += 1;
      },
    };
  };
  const session: CommandSession = {
    type: 'command',
    run: async () => {
      throw new Error('no programs are run on a switch');
    },
    openShell,
    close: async () => {},
  };
  const network = await manifest.connect({ configuration: manifest.configuration.parse(configuration), session });
  return {
    network,
    written,
    closed: () => closed,
    ctx: (overrides = {}) => ({
      ...{ nowMs: clock.nowMs, deadlineMs: clock.nowMs() + 60_000, signal: new AbortController().signal },
      ...{ log: { debug: () => {} } },
      ...overrides,
    }),
    finish: () => {
      if (failures.length > 0) throw new Error(failures.join('\n'));
      if (left.length > 0) throw new Error(`not said: ${left.map(([line]) => line).join(' | ')}`);
    },
  };
}

function modeAfter(mode: string, line: string): string {
  const opened = /^(zone|zoneset|fcalias) name /.exec(line)?.[1];
  if (opened) return `config-${opened}`;
  if (line === 'end') return '';
  if (/^(?:no )?member /.test(line) || /^(?:show|copy|terminal) /.test(line)) return mode;
  return 'config';
}

export interface State {
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /** In the zoneset of CONFIGURATION; default all of them. */
  readonly inSet?: readonly string[];
  /** What is active, where that is other than what is in the zoneset. `null`: nothing. */
  readonly active?: Readonly<Record<string, readonly string[]>> | null;
  readonly activeName?: string;
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
  readonly mode?: 'basic' | 'enhanced';
  readonly session?: string;
  readonly last?: string;
  readonly defaultZone?: 'deny' | 'permit';
  readonly usedBytes?: number;
}

/** Members as they are typed here: the last byte of a WWPN, or a whole line. */
const line = (member: string): string =>
  /^[0-9a-f]{2}$/.test(member) ? `pwwn 10:00:00:00:c9:00:00:${member}` : member;

export const groups = (kind: string, all: Readonly<Record<string, readonly string[]>>, indent = ''): string =>
  Object.entries(all)
    .map(([name, members]) => {
      const lines = members.map((member) => `${indent}  ${line(member)}\n`).join('');
      return `${indent}${kind} name ${name} vsan ${VSAN}\n${lines}`;
    })
    .join('\n');

export function setText(name: string, zones: Readonly<Record<string, readonly string[]>>): string {
  return `zoneset name ${name} vsan ${VSAN}\n${groups('zone', zones, '  ')}`;
}

function parts({ zones, inSet = Object.keys(zones), active, aliases = {}, ...rest }: State) {
  const saved = Object.fromEntries(inSet.map((name) => [name, zones[name]!]));
  const plain = (members: readonly string[]) =>
    members.flatMap((one) => (one.startsWith('fcalias ') ? (aliases[one.slice('fcalias '.length)] ?? []) : [one]));
  const followed = Object.entries(saved).map(([name, members]) => [name, plain(members)] as const);
  const enforced = active === undefined ? Object.fromEntries(followed) : (active ?? {});
  return { zones, saved, enforced, aliases, isActive: active !== null && Object.keys(enforced).length > 0, ...rest };
}

export function statusText(state: State): string {
  const { zones, saved, enforced, aliases, isActive, ...rest } = parts(state);
  const { mode = 'enhanced', session = 'none', last = '', defaultZone = 'deny', usedBytes = 100 } = rest;
  const sets = Object.keys(saved).length > 0 ? 1 : 0;
  return `VSAN: ${VSAN} default-zone: ${defaultZone} distribute: active only Interop: default
    mode: ${mode} merge-control: allow
    session: ${session}
    hard-zoning: enabled broadcast: unsupported
Default zone:
    qos: none broadcast: unsupported ronly: unsupported
Full Zoning Database :
    DB size: 100 bytes
    Zonesets: ${sets} Zones: ${Object.keys(zones).length} Aliases: ${Object.keys(aliases).length}
Active Zoning Database :
    ${isActive ? `DB size: 80 bytes\n    Name: ${rest.activeName ?? CONFIGURATION} Zonesets: 1 Zones: ${Object.keys(enforced).length}` : 'Database Not Available'}
Current Total Zone DB Usage: ${usedBytes} / 4000000 bytes (0 % used)
Status: ${last}
`;
}

export const status = (state: State): Exchange => [`show zone status vsan ${VSAN}`, statusText(state)];

/** One reading of the zoning. */
export function reading(state: State): Exchange[] {
  const { zones, saved, enforced, aliases, isActive, activeName = CONFIGURATION } = parts(state);
  const none = (what: string) => `${what} not present\n`;
  const hasAliases = Object.keys(aliases).length > 0;
  return [
    status(state),
    [`show zone vsan ${VSAN}`, Object.keys(zones).length > 0 ? groups('zone', zones) : none('Zone')],
    [`show zoneset vsan ${VSAN}`, Object.keys(saved).length > 0 ? setText(CONFIGURATION, saved) : none('Zoneset')],
    [`show zoneset active vsan ${VSAN}`, isActive ? setText(activeName, enforced) : none('Zoneset')],
    ...(hasAliases ? [[`show fcalias vsan ${VSAN}`, groups('fcalias', aliases)] as const] : []),
  ];
}

const VSANS = `vsan ${VSAN} information
         name:VSAN0100  state:active
         operational state:up
`;

/** How every call finds its VSAN. */
export const finding: readonly Exchange[] = [
  ['show vsan', VSANS],
  [`show fcdomain vsan ${VSAN}`, '        Running fabric name: 20:64:00:0d:ec:aa:bb:01\n'],
];

/** The fingerprint of a state, as a plan has it. */
export async function baseOf(state: State): Promise<string> {
  const { network, ctx } = await scripted([...finding, ...reading(state)]);
  return (await network.readZoning(ctx(), FABRIC)).fingerprint;
}
