/** A switch's command line as a list of expected commands with answers: what isn't expected fails the test at once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type CallContext,
  type CommandSession,
  DriverError,
  type NetworkSystem,
  type ShellAnswer,
  type ZoneDelta,
  type ZoneMember,
} from 'coprhd/driver';
import manifest from '../../../drivers/brocade-fos/index.ts';

export const NOW_MS = 1_000;
export const DEADLINE_MS = 100_000;

export const contextAt = (nowMs: () => number, said: string[] = []): CallContext => ({
  nowMs,
  deadlineMs: DEADLINE_MS,
  signal: new AbortController().signal,
  log: { debug: (message, fields) => void said.push(message, JSON.stringify(fields ?? {})) },
});
export const context = (): CallContext => contextAt(() => NOW_MS);

/** Text before `[` or the like is what was printed; a question stands in `prompt`. `lost`: no answer comes. */
export type Answer = string | { readonly text?: string; readonly prompt: string } | { readonly lost: 'cut' | 'ended' };
export type Step = readonly [command: string, answer: Answer];

const PROMPT = 'sw1:admin> ';

export interface Scripted extends CommandSession {
  /** Fails when something expected was not sent. */
  finished(): void;
  shells(): number;
  readonly sent: readonly string[];
}

export function scripted(steps: readonly Step[], prompt = PROMPT): Scripted {
  const left = [...steps];
  const sent: string[] = [];
  let shells = 0;
  const exchange = async (line: string): Promise<ShellAnswer> => {
    const [expected, answer] = left.shift() ?? ['nothing more', ''];
    assert.equal(line, expected);
    sent.push(line);
    if (typeof answer === 'string') return { text: answer, prompt };
    if (!('lost' in answer)) return { text: answer.text ?? '', prompt: answer.prompt };
    throw new DriverError(
      answer.lost === 'cut'
        ? { class: 'ambiguous', message: 'the device closed the shell' }
        : { class: 'transient', message: 'the shell is closed: the device closed the shell' },
    );
  };
  return {
    type: 'command',
    run: () => Promise.reject(new Error('a switch has a dialogue, not commands')),
    openShell: async () => {
      shells += 1;
      return {
        greeting: '',
        exchange: ({ line }) => exchange(line),
        send: async ({ line }) => (await exchange(line)).text,
        close: async () => {},
      };
    },
    close: async () => {},
    finished: () => assert.deepEqual(left, []),
    shells: () => shells,
    sent,
  };
}

export const connected = (session: CommandSession, virtualFabric?: number): Promise<NetworkSystem> =>
  manifest.connect({
    configuration: virtualFabric === undefined ? {} : { virtualFabric },
    session,
  });

/** Zoning of the fabric in the tests. */
export interface State {
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
  readonly zones?: Readonly<Record<string, readonly string[]>>;
  readonly cfgs?: Readonly<Record<string, readonly string[]>>;
  readonly effective?: { readonly name: string; readonly zones: Readonly<Record<string, readonly string[]>> };
  readonly access?: 'No' | 'All';
  readonly transaction?: string | { readonly token: string; readonly abortable: false };
  readonly max?: number;
}

const section = (kind: string, lists: Readonly<Record<string, readonly string[]>> = {}) =>
  Object.entries(lists).map(([name, members]) => ` ${kind}:\t${name}\t${members.join('; ')}\n`);

function effectiveText({ effective }: State): string {
  if (effective === undefined) return 'Effective configuration:\n no configuration in effect\n\n';
  const zones = Object.entries(effective.zones).map(
    ([name, members]) => ` zone:\t${name}\t\n${members.map((member) => `\t\t${member}\n`).join('')}`,
  );
  return `Effective configuration:\n cfg:\t${effective.name}\t\n${zones.join('')}\n`;
}

export function cfgshowText(state: State): string {
  const defined = [...section('cfg', state.cfgs), ...section('zone', state.zones), ...section('alias', state.aliases)];
  return `Defined configuration:\n${defined.join('') || ' no configuration defined\n'}\n${effectiveText(state)}`;
}

export function transactionText({ transaction }: State): string {
  if (transaction === undefined) return 'There is no outstanding zoning transaction\n';
  const token = typeof transaction === 'string' ? transaction : transaction.token;
  const not = typeof transaction === 'string' ? '' : 'not ';
  return `Current transaction token is ${token}\nIt is ${not}abortable\n`;
}

export const fence = (state: State): Step => ['cfgtransshow', transactionText(state)];

/** What a look at the zoning sends. */
export function looks(state: State): Step[] {
  const { access = 'No', max = 1_045_274 } = state;
  return [
    fence(state),
    ['cfgshow', cfgshowText(state)],
    ['cfgactvshow', effectiveText(state)],
    ['defzone --show', `Default Zone Access Mode\n\tcommitted - ${access} Access\n\ttransaction - No Transaction\n`],
    [
      'cfgsize',
      `Zone DB max size - ${max} bytes\nAvailable Zone DB size - ${max - 300} bytes\n committed - 300\n transaction - 0\n`,
    ],
    fence(state),
  ];
}

export const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8').replace(/^(?:#[^\n]*\n)+/, '');

export const SWITCHSHOW = fixture('switchshow-fixed.txt');
export const FABRICSHOW = fixture('fabricshow-small.txt');
export const FABRIC = '10:00:00:05:1e:4c:24:00';
export const atFabric: Step[] = [
  ['switchshow', SWITCHSHOW],
  ['fabricshow', FABRICSHOW],
];

export const wwpn = (last: number): string => `10:00:00:00:c9:00:00:${last.toString(16).padStart(2, '0')}`;
export const members = (...last: number[]): ZoneMember[] => last.map((one) => ({ type: 'wwpn', wwpn: wwpn(one) }));

export const delta = (base: string, changes: Partial<ZoneDelta>): ZoneDelta => ({
  ...{ fabric: FABRIC, base, owner: 'coprhd', configuration: 'prod', activate: true, activatePending: false },
  ...{ addAliases: [], removeAliases: [], add: [], change: [], remove: [] },
  ...changes,
});

/** The fingerprint of a state, as the driver tells it. */
export async function fingerprint(state: State): Promise<string> {
  const { transaction: _open, ...saved } = state;
  const network = await connected(scripted([...atFabric, ...looks(saved)]));
  return (await network.readZoning(context(), FABRIC)).fingerprint;
}

export async function refusal(call: Promise<unknown>): Promise<DriverError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof DriverError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'it was not refused' });
}
