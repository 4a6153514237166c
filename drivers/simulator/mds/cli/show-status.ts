/** `show zone status`, `show zone pending-diff`, `show zone analysis`. */
import { loginsOf, memberText } from '../state/members.ts';
import {
  type MdsState,
  type MdsSwitch,
  type Member,
  switchOf,
  type Vsan,
  type ZoneDb,
  zoningOf,
} from '../state/types.ts';
import { activeBytes, byName, dbBytes } from '../state/zone-db.ts';

const onOff = (on: boolean): string => (on ? 'enabled' : 'disabled');
const percent = (bytes: number, max: number): string =>
  `${bytes} / ${max} bytes (${Math.floor((bytes * 100) / max)} % used)`;

function sessionText(state: MdsState, at: MdsSwitch, { id, session }: Vsan): string {
  if (!session) return 'none';
  if (session.switch === at.name) return `cli [${session.user}]`;
  const { domains, ip } = switchOf(state, session.switch);
  return `remote [dom: ${domains[id]}][ip: ${ip}]`;
}

function databases({ mode, active }: Vsan, db: ZoneDb): string[] {
  const groups = mode === 'enhanced' ? ' Attribute-groups: 1' : '';
  const { zonesets, zones, fcaliases } = db;
  return [
    'Full Zoning Database :',
    `    DB size: ${dbBytes(db)} bytes`,
    `    Zonesets:  ${zonesets.length} Zones: ${zones.length} Aliases: ${fcaliases.length}${groups}`,
    'Active Zoning Database :',
    ...(active
      ? [
          `    DB Size: ${activeBytes(active)} bytes`,
          `    Name: ${active.name} Zonesets: 1 Zones: ${active.zones.length}`,
        ]
      : ['    Database Not Available']),
  ];
}

export function showZoneStatus(state: MdsState, at: MdsSwitch, vsan: Vsan): string[] {
  const { db, defaultZone, distributeFull } = zoningOf(at, vsan.id);
  const used = percent(dbBytes(db) + activeBytes(vsan.active), state.settings.databaseBytesMax);
  const distribute = vsan.mode === 'enhanced' || distributeFull ? 'full' : 'active only';
  const pending = vsan.session && vsan.session.switch === at.name ? `${dbBytes(vsan.session.pending.db)} bytes` : 'n/a';
  return [
    `VSAN: ${vsan.id} default-zone: ${defaultZone} distribute: ${distribute} Interop: default`,
    `    mode: ${vsan.mode} merge-control: allow`,
    `    session: ${sessionText(state, at, vsan)}`,
    '    hard-zoning: enabled broadcast: unsupported',
    `    smart-zoning: ${onOff(vsan.smartZoning)}`,
    '    rscn-format: fabric-address',
    '    activation overwrite control: disabled',
    'Default zone:',
    '    qos: none broadcast: unsupported ronly: unsupported',
    ...databases(vsan, db),
    `Current Total Zone DB Usage: ${used}`,
    'Pending (Session) DB size:',
    `    Full DB Copy size: ${pending}`,
    '    Active DB Copy size: n/a',
    `SFC size: ${used}`,
    `Status:${vsan.status === '' ? '' : ` ${vsan.status}`}`,
  ];
}

interface Group {
  readonly head: string;
  readonly body: readonly string[];
}

/** What two lists of groups differ in: `+` and `-`, with the head of a changed group in front of its changes. */
function groupDiff(before: readonly Group[], after: readonly Group[]): string[] {
  const old = new Map(before.map((one) => [one.head, one.body]));
  const now = new Set(after.map(({ head }) => head));
  const gone = before.filter(({ head }) => !now.has(head)).map(({ head }) => `-${head}`);
  const changed = after.flatMap(({ head, body }) => {
    const was = old.get(head);
    if (!was) return [`+${head}`, ...body.map((line) => `+  ${line}`)];
    const lines = [
      ...was.filter((line) => !body.includes(line)).map((line) => `-  ${line}`),
      ...body.filter((line) => !was.includes(line)).map((line) => `+  ${line}`),
    ];
    return lines.length === 0 ? [] : [` ${head}`, ...lines];
  });
  return [...gone, ...changed];
}

function groupsOf(state: MdsState, vsan: number, { zones, zonesets, fcaliases }: ZoneDb): Group[] {
  const members = (list: readonly Member[]) => list.map((member) => memberText(state, vsan, member));
  return [
    ...zonesets.map((one) => ({
      head: `zoneset name ${one.name} vsan ${vsan}`,
      body: one.zones.map((zone) => `zone name ${zone} vsan ${vsan}`),
    })),
    ...fcaliases.map((one) => ({ head: `fcalias name ${one.name} vsan ${vsan}`, body: members(one.members) })),
    ...zones.map((one) => ({ head: `zone name ${one.name} vsan ${vsan}`, body: members(one.members) })),
  ];
}

/** What a commit would change. Empty: nothing, or no session. */
export function showPendingDiff(state: MdsState, at: MdsSwitch, { id, session }: Vsan): string[] {
  if (!session) return [];
  const { db, defaultZone } = zoningOf(at, id);
  const { pending } = session;
  const policy =
    pending.defaultZone === defaultZone ? [] : [`-default-zone ${defaultZone}`, `+default-zone ${pending.defaultZone}`];
  const { activation } = pending;
  const staged = activation
    ? [activation.to === undefined ? '-zoneset activate' : `+zoneset activate name ${activation.to} vsan ${id}`]
    : [];
  return [...policy, ...groupDiff(groupsOf(state, id, db), groupsOf(state, id, pending.db)), ...staged];
}

/** `show zone analysis active vsan N`. */
export function showActiveAnalysis(state: MdsState, at: MdsSwitch, vsan: Vsan): string[] {
  const { active, id } = vsan;
  if (!active) return [`Zoning database analysis vsan ${id}`, '  Active zoneset: None'];
  const members = active.zones.flatMap(({ members: list }) => list);
  const resolved = members.filter((member) => loginsOf(state, id, member).length > 0);
  const devices = state.logins.filter((one) => one.online && one.vsan === id);
  const zoned = new Set(members.flatMap((member) => loginsOf(state, id, member).map(({ wwpn }) => wwpn)));
  const { defaultZone, db } = zoningOf(at, id);
  const isLevel =
    JSON.stringify(byName(db.zonesets, active.name)?.zones) === JSON.stringify(active.zones.map(({ name }) => name));
  return [
    `Zoning database analysis vsan ${id}`,
    `  Active zoneset: ${active.name}${isLevel ? '' : ' [*]'}`,
    `    Default zone policy: ${defaultZone === 'deny' ? 'Deny' : 'Permit'}`,
    `    Number of devices zoned in vsan: ${zoned.size}/${devices.length} (Unzoned: ${devices.length - zoned.size})`,
    `    Number of zone members resolved: ${resolved.length}/${members.length} (Unresolved: ${members.length - resolved.length})`,
    `    Num zones: ${active.zones.length}`,
    '    Number of IVR zones: 0',
    '    Number of IPS zones: 0',
    `    Formatted size: ${activeBytes(active)} bytes / ${Math.floor(state.settings.databaseBytesMax / 1000)} Kb`,
  ];
}

/** `show zone analysis vsan N`. */
export function showFullAnalysis(state: MdsState, at: MdsSwitch, { id }: Vsan): string[] {
  const { db } = zoningOf(at, id);
  const assigned = new Set(db.zonesets.flatMap(({ zones }) => zones));
  const free = db.zones.filter(({ name }) => !assigned.has(name));
  return [
    `Zoning database analysis vsan ${id}`,
    '  Full zoning database',
    `    Num zonesets: ${db.zonesets.length}`,
    `    Num zones: ${db.zones.length}`,
    `    Num aliases: ${db.fcaliases.length}`,
    '    Num attribute groups: 0',
    `    Formatted size: ${dbBytes(db)} bytes / ${Math.floor(state.settings.databaseBytesMax / 1000)} Kb`,
    '',
    `  Unassigned Zones: ${free.length}`,
    ...free.map(({ name }) => `   zone name ${name} vsan ${id}`),
  ];
}
