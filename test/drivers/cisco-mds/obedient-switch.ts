/**
 * A switch in memory that takes the driver's commands and answers in the texts of its parsers: it agrees with the driver by
 * construction. It proves what the driver does about locks, failures and lost answers, and nothing about what a switch prints.
 */
import { groups, setText, VSAN } from './support.ts';

export type Groups = Map<string, string[]>;

export interface Database {
  readonly zones: Groups;
  readonly zonesets: Groups;
  readonly fcaliases: Groups;
}

export interface Session {
  readonly user: string;
  readonly database: Database;
  activate?: string;
}

const KINDS = { zone: 'zones', zoneset: 'zonesets', fcalias: 'fcaliases' } as const;
type Kind = keyof typeof KINDS;

const copyOf = (all: Groups): Groups => new Map([...all].map(([name, members]) => [name, [...members]]));

export const copyDatabase = ({ zones, zonesets, fcaliases }: Database): Database => ({
  ...{ zones: copyOf(zones), zonesets: copyOf(zonesets), fcaliases: copyOf(fcaliases) },
});

/** State that tests change as they like. */
export function createObedientSwitch(mode: 'basic' | 'enhanced', wwn: string) {
  const device = {
    ...{ mode, wwn, permits: false, writes: 0, operations: 0, last: '', underWay: 0 },
    full: { zones: new Map(), zonesets: new Map(), fcaliases: new Map() } as Database,
    active: undefined as { readonly name: string; readonly zones: Groups } | undefined,
    session: undefined as Session | undefined,
    ports: new Map([
      ['10:00:00:00:00:00:aa:01', 1],
      ['10:00:00:00:00:00:aa:02', 2],
    ]),
    /** Faults. */
    ...{ isBusy: false, rejects: false, showsPart: false, refused: 0 },
    activate: (name: string) => {
      const { zones, zonesets, fcaliases } = device.full;
      const plain = (member: string) =>
        member.startsWith('fcalias ') ? (fcaliases.get(member.slice('fcalias '.length)) ?? []) : [member];
      const listed = (zonesets.get(name) ?? []).map((zone) => [zone, (zones.get(zone) ?? []).flatMap(plain)] as const);
      device.active = { name, zones: new Map(listed.filter(([, members]) => members.length > 0)) };
    },
    dropZone: (database: Database, name: string) => {
      database.zones.delete(name);
      for (const [zoneset, zones] of database.zonesets) {
        database.zonesets.set(
          zoneset,
          zones.filter((zone) => zone !== name),
        );
      }
    },
  };
  return device;
}

export type ObedientSwitch = ReturnType<typeof createObedientSwitch>;

/** Somebody's login: what it says to each line, and the prompt after it. */
export function logIn(device: ObedientSwitch, user: string): (line: string) => string {
  let mode = '';
  let at: { readonly kind: Kind; readonly name: string } = { kind: 'zone', name: '' };

  const edit = (line: string): string => {
    const head = /^(no )?(zone|zoneset|fcalias) name (\S+)$/.exec(line);
    const activated = /^zoneset activate name (\S+)$/.exec(line)?.[1];
    if (head || activated) mode = 'config';
    if (device.isBusy || (device.session && device.session.user !== user)) {
      device.refused += 1;
      return 'Lock is currently busy\n';
    }
    const isNew = device.mode === 'enhanced' && !device.session;
    if (isNew) device.session = { user, database: copyDatabase(device.full) };
    const said = isNew ? "Enhanced zone session has been created. Please 'commit' the changes when done.\n" : '';
    if (device.mode === 'basic') device.writes += 1;
    if (activated !== undefined) return said + activate(activated);
    const database = device.session?.database ?? device.full;
    return said + (head ? group(database, head) : member(database, line));
  };
  const group = (database: Database, head: RegExpExecArray): string => {
    const [kind, name] = [head[2] as Kind, head[3]!];
    const all = database[KINDS[kind]];
    if (head[1]) {
      if (!all.has(name)) return 'Zone not present\n';
      if (kind === 'zone') device.dropZone(database, name);
      else all.delete(name);
      return '';
    }
    if (!all.has(name)) all.set(name, []);
    [mode, at] = [`config-${kind}`, { kind, name }];
    return '';
  };
  const member = (database: Database, line: string): string => {
    const [, no, what] = /^(no )?member (.+)$/.exec(line) ?? [];
    const all = database[KINDS[at.kind]];
    const members = all.get(at.name);
    if (what === undefined || !members) return "% Invalid command at '^' marker.\n";
    const isThere = members.includes(what);
    if (isThere === (no === undefined)) return isThere ? 'Duplicate member\n' : 'Member not present\n';
    all.set(at.name, no ? members.filter((one) => one !== what) : [...members, what]);
    return '';
  };
  const activate = (name: string): string => {
    if (device.session) device.session.activate = name;
    else operate(() => device.activate(name), 'Activation completed');
    return device.session ? '' : 'Zoneset activation initiated. check zone status\n';
  };
  const operate = (run: () => void, done: string): void => {
    device.operations += 1;
    const failed = device.rejects;
    device.rejects = false;
    if (!failed) run();
    device.last = `${failed ? 'Operation failed' : done} at operation ${device.operations}`;
    device.underWay = failed ? 0 : 2;
  };
  const commit = (): string => {
    const { session } = device;
    if (!session) return 'No pending info found\n';
    device.writes += 1;
    operate(() => {
      device.full = session.database;
      device.session = undefined;
      if (session.activate !== undefined) device.activate(session.activate);
    }, 'Commit complete');
    return 'Commit operation initiated. Check zone status\n';
  };

  const MOVES: Readonly<Record<string, string>> = { 'configure terminal': 'config', exit: 'config', end: '' };
  const answer = (line: string): string => {
    if (MOVES[line] !== undefined) {
      mode = MOVES[line];
      return '';
    }
    if (line === 'terminal length 0') return '';
    if (line.startsWith('copy ')) return '[####] 100%\n';
    const plain = line.replace(/ vsan \d+$/, '');
    if (plain.startsWith('show ')) return shown(device, plain);
    if (plain === 'zone commit' || plain === 'no zone commit') {
      mode = 'config';
      if (plain === 'zone commit') return commit();
      device.session = undefined;
      return '';
    }
    return edit(plain);
  };
  return (line) => `${answer(line)}sw1${mode === '' ? '' : `(${mode})`}# `;
}

function shown(device: ObedientSwitch, line: string): string {
  const { full, active, session, ports, wwn } = device;
  const zones = [...full.zones].slice(device.showsPart ? 1 : 0);
  const texts: Readonly<Record<string, () => string>> = {
    'show vsan': () => `vsan ${VSAN} information\n  name:VSAN0100  state:active\n  operational state:up\n`,
    'show version': () => '  system:    version 8.4(2c)\n  cisco MDS 9148T Chassis\n',
    'show wwn switch': () => `Switch WWN is ${wwn}\n`,
    'show fcdomain': () => `  Running fabric name: ${wwn}\n`,
    'show fcdomain domain-list': () => `Number of domains: 1\n 0x0a(10)    ${wwn} [Principal] [Local]\n`,
    'show fcns database detail': () =>
      `${[...ports].map(([wwpn, port]) => loggedIn(wwpn, port)).join('')}Total number of entries = ${ports.size}\n`,
    'show zone status': () => statusOf(device),
    'show zone': () => groups('zone', Object.fromEntries(zones)) || 'Zone not present\n',
    'show zoneset': () =>
      [...full.zonesets].map(([name, inIt]) => setText(name, pick(full.zones, inIt))).join('') ||
      'Zoneset not present\n',
    'show zoneset active': () =>
      active ? setText(active.name, Object.fromEntries(active.zones)) : 'Zoneset not present\n',
    'show fcalias': () => groups('fcalias', Object.fromEntries(full.fcaliases)),
    'show zone pending-diff': () => (session ? pendingOf(full, session) : ''),
  };
  return texts[line]?.() ?? "% Invalid command at '^' marker.\n";
}

const pick = (all: Groups, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, all.get(name) ?? []]));

const loggedIn = (wwpn: string, port: number): string =>
  `VSAN:${VSAN}   FCID:0x0a0${port}00\nport-wwn (vendor) :${wwpn}\nconnected interface :fc1/${port}\n\n`;

function statusOf(device: ObedientSwitch): string {
  const { mode, full, active, session, permits, last } = device;
  if (device.underWay > 0) device.underWay -= 1;
  return `VSAN: ${VSAN} default-zone: ${permits ? 'permit' : 'deny'} distribute: active only Interop: default
    mode: ${mode} merge-control: allow
    session: ${session ? `cli [${session.user}]` : 'none'}
Full Zoning Database :
    Zonesets: ${full.zonesets.size} Zones: ${full.zones.size} Aliases: ${full.fcaliases.size}
Active Zoning Database :
    ${active ? `Name: ${active.name} Zonesets: 1 Zones: ${active.zones.size}` : 'Database Not Available'}
Current Total Zone DB Usage: 500 / 60000 bytes (0 % used)
Status: ${device.underWay > 0 ? 'Commit in progress' : last}
`;
}

/** What a session has other than the full database, signed. */
function pendingOf(full: Database, { database, activate }: Session): string {
  const parts = (['fcalias', 'zone', 'zoneset'] as const).flatMap((kind) => {
    const [was, will] = [full[KINDS[kind]], database[KINDS[kind]]];
    return [...new Set([...was.keys(), ...will.keys()])].map((name) =>
      changed(kind, name, was.get(name), will.get(name)),
    );
  });
  return parts.join('') + (activate === undefined ? '' : `+zoneset activate name ${activate} vsan ${VSAN}\n`);
}

function changed(kind: Kind, name: string, was: string[] | undefined, will: string[] | undefined): string {
  const before = was ?? [];
  const after = will ?? [];
  const verb = kind === 'zoneset' ? 'member ' : '';
  const lines = [
    ...after.filter((one) => !before.includes(one)).map((one) => `+  ${verb}${one}\n`),
    ...before.filter((one) => !after.includes(one)).map((one) => `-  ${verb}${one}\n`),
  ];
  const sign = was ? (will ? ' ' : '-') : '+';
  return lines.length === 0 && sign === ' ' ? '' : `${sign}${kind} name ${name} vsan ${VSAN}\n${lines.join('')}`;
}
