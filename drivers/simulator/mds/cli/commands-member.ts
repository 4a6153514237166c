/** Commands within a zone, a zone set or an FC alias: their members. */
import type { MdsState, Member, SmartRole, ZoneDb } from '../state/types.ts';
import {
  addMember,
  addToZoneset,
  byName,
  ensureZone,
  type Refusal,
  removeFromZoneset,
  removeMember,
} from '../state/zone-db.ts';
import { illegal, type Table, writes } from './command.ts';
import { changed } from './commands-zone.ts';
import { type Context, type Mode, type Reply, say } from './context.ts';
import type { Arguments } from './grammar.ts';

const ROLES = '[{initiator|target|both}]';

/** Each kind with its pattern, without `member`. */
const KINDS: readonly (readonly [string, (args: Arguments, context: Context) => Member])[] = [
  [`pwwn <wwn:wwn> ${ROLES}`, (args) => ({ kind: 'pwwn', wwn: args.text('wwn'), ...roleOf(args) })],
  [`fcid <fcid:fcid> ${ROLES}`, (args) => ({ kind: 'fcid', fcid: args.text('fcid'), ...roleOf(args) })],
  [`device-alias <name:name> ${ROLES}`, deviceAlias],
  ['fcalias <name:name>', (args) => ({ kind: 'fcalias', name: args.text('name') })],
  ['fwwn <wwn:wwn>', (args) => ({ kind: 'fwwn', wwn: args.text('wwn') })],
  ['interface <port:interface>', (args, { at }) => ({ kind: 'interface', interface: args.text('port'), swwn: at.wwn })],
  ['interface <port:interface> swwn <wwn:wwn>', atSwitch((args) => args.text('port'))],
  ['interface <port:interface> domain-id <domain:number>', atDomain((args) => args.text('port'))],
  ['interface port-channel <channel:number> swwn <wwn:wwn>', atSwitch(channel)],
  ['interface port-channel <channel:number> domain-id <domain:number>', atDomain(channel)],
  ['ip-address <address:address>', (args) => ({ kind: 'ip-address', address: args.text('address') })],
  ['symbolic-nodename <name:name>', (args) => ({ kind: 'symbolic-nodename', name: args.text('name') })],
];

function roleOf(args: Arguments): { role?: SmartRole } {
  if (args.has('initiator')) return { role: 'init' };
  if (args.has('target')) return { role: 'target' };
  return args.has('both') ? { role: 'both' } : {};
}

function channel(args: Arguments): string {
  return `port-channel ${args.number('channel')}`;
}

function atSwitch(port: (args: Arguments) => string) {
  return (args: Arguments): Member => ({ kind: 'interface', interface: port(args), swwn: args.text('wwn') });
}

function atDomain(port: (args: Arguments) => string) {
  return (args: Arguments): Member => ({ kind: 'interface', interface: port(args), domainId: args.number('domain') });
}

/** Basic mode of device aliases: what is stored is the WWN that the name stands for now. */
function deviceAlias(args: Arguments, { state }: Context): Member {
  const name = args.text('name');
  const wwn = state.aliases.entries.find((one) => one.name === name)?.wwn;
  const role = roleOf(args);
  return state.aliases.mode === 'basic' && wwn !== undefined
    ? { kind: 'pwwn', wwn, ...role }
    : { kind: 'device-alias', name, ...role };
}

/** A name that a member stands for must be known, unless it is taken out. */
function unknownName({ aliases }: MdsState, db: ZoneDb, member: Member): Refusal {
  if (member.kind === 'device-alias' && !aliases.entries.some(({ name }) => name === member.name)) {
    return 'Device Alias not present';
  }
  return member.kind === 'fcalias' && !byName(db.fcaliases, member.name) ? 'Alias not present' : undefined;
}

type GroupMode = Extract<Mode, { in: 'config-zone' | 'config-zoneset-zone' | 'config-fcalias' }>;

const groupMode = ({ session: { mode } }: Context): GroupMode => {
  if (mode.in === 'config-zone' || mode.in === 'config-zoneset-zone' || mode.in === 'config-fcalias') return mode;
  throw new TypeError(`no members at ${mode.in}`);
};

const groupOf = (mode: GroupMode, db: ZoneDb) =>
  mode.in === 'config-fcalias' ? byName(db.fcaliases, mode.name) : byName(db.zones, mode.name);

function memberChange(context: Context, member: Member, adds: boolean): Reply {
  const mode = groupMode(context);
  return changed(context, mode.vsan, ({ db, smartZoning }) => {
    const group = groupOf(mode, db);
    if (!group) return `${mode.in === 'config-fcalias' ? 'Alias' : 'Zone'} not present`;
    if (!adds) return removeMember(group, member);
    if ('role' in member && member.role !== undefined && !smartZoning) return 'Smart zoning is not enabled';
    return unknownName(context.state, db, member) ?? addMember(group, member);
  });
}

export const MEMBERS: Table = KINDS.flatMap(
  ([pattern, make]): Table => [
    [`member ${pattern}`, writes((context, args) => memberChange(context, make(args, context), true))],
    [`no member ${pattern}`, writes((context, args) => memberChange(context, make(args, context), false))],
  ],
);

type ZonesetMode = Extract<Mode, { in: 'config-zoneset' }>;

const zonesetMode = ({ session: { mode } }: Context): ZonesetMode => {
  if (mode.in === 'config-zoneset') return mode;
  throw new TypeError(`no zone set at ${mode.in}`);
};

const inZoneset = (
  run: (
    db: ZoneDb,
    zoneset: NonNullable<ReturnType<typeof byName<ZoneDb['zonesets'][number]>>>,
    zone: string,
  ) => Refusal,
) =>
  writes((context, args) => {
    const mode = zonesetMode(context);
    return changed(context, mode.vsan, ({ db }) => {
      const zoneset = byName(db.zonesets, mode.name);
      return zoneset ? run(db, zoneset, args.text('zone')) : 'Zoneset not present';
    });
  });

/** A zone made from within a zone set is in it. */
const zoneWithin = writes((context, args) => {
  const mode = zonesetMode(context);
  const name = args.text('zone');
  const wrong = illegal(name);
  if (wrong !== undefined) return say(wrong);
  const make = ({ db }: { db: ZoneDb }): Refusal => {
    const zoneset = byName(db.zonesets, mode.name);
    if (!zoneset) return 'Zoneset not present';
    ensureZone(db, name);
    return zoneset.zones.includes(name) ? undefined : addToZoneset(db, zoneset, name);
  };
  return changed(context, mode.vsan, make, { in: 'config-zoneset-zone', vsan: mode.vsan, name, zoneset: mode.name });
});

export const ZONESET_MEMBERS: Table = [
  ['member <zone:name>', inZoneset(addToZoneset)],
  ['no member <zone:name>', inZoneset((_db, zoneset, zone) => removeFromZoneset(zoneset, zone))],
  ['zone name <zone:name>', zoneWithin],
  ['no zone name <zone:name>', inZoneset((_db, zoneset, zone) => removeFromZoneset(zoneset, zone))],
];
