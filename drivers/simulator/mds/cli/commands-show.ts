/** The commands that show. */
import { timeText } from '../state/time-text.ts';
import { switchOf, type Vsan } from '../state/types.ts';
import { type Command, orNone, overVsans, reads, type Table, withVsan } from './command.ts';
import { type Context, say } from './context.ts';
import type { Arguments } from './grammar.ts';
import { showAliases, showAliasStatus, showPendingAliases } from './show-aliases.ts';
import { showIvrTopology } from './show-ivr.ts';
import { showFcns, showFlogi } from './show-logins.ts';
import { runningZoning } from './show-running.ts';
import { showActiveAnalysis, showFullAnalysis, showPendingDiff, showZoneStatus } from './show-status.ts';
import {
  showDomainList,
  showFcdomain,
  showInterfaceBrief,
  showTopology,
  showVersion,
  showVsan,
  showVsans,
} from './show-system.ts';
import {
  dbOf,
  separated,
  showActiveZones,
  showActiveZoneset,
  showFcaliases,
  showMember,
  showZones,
  showZonesets,
  showZonesetsBrief,
} from './show-zones.ts';

const listAt = ({ state, at }: Context, { id }: Vsan) => ({ state, at, vsan: id });

/** What each VSAN has to show, with empty lines between. */
const blocks = (context: Context, args: Arguments, show: (vsan: Vsan) => readonly string[]) => {
  const all: (readonly string[])[] = [];
  const refused = overVsans(context, args, (vsan) => {
    const lines = show(vsan);
    if (lines.length > 0) all.push(lines);
    return [];
  });
  return Array.isArray(refused) ? separated(all) : refused;
};

const zones = reads((context, args) => {
  const name = args.maybe('zone');
  const isOne = (zone: { name: string }) => name === undefined || zone.name === name;
  const show = (vsan: Vsan): string[] => {
    const list = listAt(context, vsan);
    if (args.has('active')) {
      return vsan.active ? showActiveZones(list, { ...vsan.active, zones: vsan.active.zones.filter(isOne) }) : [];
    }
    const db = args.has('pending') ? vsan.session?.pending.db : dbOf(list);
    return db ? showZones(list, { ...db, zones: db.zones.filter(isOne) }) : [];
  };
  return orNone(blocks(context, args, show), 'Zone not present');
});

const zonesets = reads((context, args) => {
  const name = args.maybe('zoneset');
  const isOne = (set: { name: string }) => name === undefined || set.name === name;
  const show = (vsan: Vsan): string[] => {
    const list = listAt(context, vsan);
    const { active } = vsan;
    const brief = args.has('brief');
    if (args.has('active')) {
      if (!active || !isOne(active)) return [];
      const names = { name: active.name, zones: active.zones.map((zone) => zone.name) };
      return brief ? showZonesetsBrief(list, [names]) : showActiveZoneset(list, active);
    }
    const db = args.has('pending') ? vsan.session?.pending.db : dbOf(list);
    if (!db) return [];
    const wanted = { ...db, zonesets: db.zonesets.filter(isOne) };
    return brief ? showZonesetsBrief(list, wanted.zonesets) : showZonesets(list, wanted);
  };
  return orNone(blocks(context, args, show), 'Zoneset not present');
});

const zoneMember = reads((context, args) => {
  const show = (vsan: Vsan) => {
    const list = listAt(context, vsan);
    const db = dbOf(list);
    return showMember(list, args.text('wwn'), args.has('active') ? (vsan.active?.zones ?? []) : db.zones, db);
  };
  const lines = overVsans(context, args, show);
  return Array.isArray(lines) ? say(...lines) : lines;
});

const status = reads((context, args) =>
  orNone(
    blocks(context, args, (vsan) => showZoneStatus(context.state, context.at, vsan)),
    'VSAN not present',
  ),
);

const pendingDiff = reads((context, args) =>
  orNone(
    blocks(context, args, (vsan) => showPendingDiff(context.state, context.at, vsan)),
    'No pending info found',
  ),
);

const analysis = reads((context, args) =>
  withVsan(context, args, (vsan) => {
    const show = args.has('active') ? showActiveAnalysis : showFullAnalysis;
    return say(...show(context.state, context.at, vsan));
  }),
);

const fcaliases = reads((context, args) => {
  const show = (vsan: Vsan) => {
    const list = listAt(context, vsan);
    return showFcaliases(list, dbOf(list), args.maybe('alias'));
  };
  return orNone(blocks(context, args, show), 'Alias not present');
});

const vsans = reads((context, args) =>
  args.maybe('vsan') === undefined
    ? say(...showVsans(context.state.vsans))
    : withVsan(context, args, (vsan) => say(...showVsan(vsan))),
);

const fcdomain = reads((context, args) => {
  const named = args.maybe('vsan') !== undefined;
  const show = ({ id }: Vsan) => {
    const lines = showFcdomain(context.state, context.at, id);
    return named ? lines : [`VSAN ${id}`, ...lines];
  };
  return orNone(blocks(context, args, show), 'VSAN not present');
});

const domainList = reads((context, args) =>
  withVsan(context, args, ({ id }) => say(...showDomainList(context.state, context.at, id))),
);

const topology = reads((context, args) => {
  const lines = overVsans(context, args, ({ id }) => showTopology(context.state, context.at, id));
  return Array.isArray(lines) ? say(...lines) : lines;
});

const fcns = reads((context, args) => {
  const query = { detail: args.has('detail'), local: args.has('local') };
  // Where no VSAN is named, empty ones aren't shown.
  const isShown = (id: number) =>
    args.maybe('vsan') !== undefined || context.state.logins.some(({ online, vsan }) => online && vsan === id);
  const lines = overVsans(context, args, ({ id }) =>
    isShown(id) ? showFcns(context.state, context.at, { vsan: id, ...query }) : [],
  );
  return Array.isArray(lines) ? say(...lines) : lines;
});

const flogi = reads((context, args) => {
  const vsan = args.maybe('vsan');
  return say(...showFlogi(context.state, context.at, vsan === undefined ? undefined : Number(vsan)));
});

const running = reads((context, args) => {
  const vsan = args.maybe('vsan');
  const { state, at, nowMs } = context;
  const head = ['!Command: show running-config', `!Time: ${timeText(nowMs)}`, '', `version ${at.version}`];
  return say(...head, ...runningZoning(state, at, vsan === undefined ? undefined : Number(vsan)));
});

const startup = reads(({ at }) => say(at.startup === '' ? 'No startup configuration' : at.startup));

const routed = reads(({ state, at }) =>
  state.routed
    ? say(...showIvrTopology(state, at, state.routed))
    : say('             ^', "% Invalid command at '^' marker."),
);

const plain = (show: (context: Context) => readonly string[]): Command => reads((context) => say(...show(context)));

export const SHOW: Table = [
  ['show version', plain(({ at }) => showVersion(at))],
  ['show {switchname|hostname}', plain(({ at }) => [at.name])],
  ['show wwn switch', plain(({ state, at }) => [`Switch WWN is ${switchOf(state, at.name).wwn}`])],
  ['show ivr vsan-topology', routed],
  ['show clock', plain(({ nowMs }) => [timeText(nowMs)])],
  ['show vsan [<vsan:vsan>]', vsans],
  ['show fcdomain [vsan <vsan:vsan>]', fcdomain],
  ['show fcdomain domain-list vsan <vsan:vsan>', domainList],
  ['show topology [vsan <vsan:vsan>]', topology],
  ['show interface brief', plain(({ at }) => showInterfaceBrief(at))],
  ['show fcns database [local] [detail] [vsan <vsan:vsan>]', fcns],
  ['show flogi database [vsan <vsan:vsan>]', flogi],
  ['show zone [{active|pending}] [vsan <vsan:vsan>]', zones],
  ['show zone name <zone:name> [{active|pending}] [vsan <vsan:vsan>]', zones],
  ['show zone member pwwn <wwn:wwn> [active] [vsan <vsan:vsan>]', zoneMember],
  ['show zone status [vsan <vsan:vsan>]', status],
  ['show zone pending-diff [vsan <vsan:vsan>]', pendingDiff],
  ['show zone analysis [active] vsan <vsan:vsan>', analysis],
  ['show zoneset [{brief|pending}] [active] [vsan <vsan:vsan>]', zonesets],
  ['show zoneset active brief [vsan <vsan:vsan>]', zonesets],
  ['show zoneset name <zoneset:name> [brief] [{active|pending}] [vsan <vsan:vsan>]', zonesets],
  ['show fcalias [name <alias:name>] [vsan <vsan:vsan>]', fcaliases],
  ['show device-alias database', plain(({ state }) => showAliases(state.aliases))],
  ['show device-alias pending', plain(({ state }) => showPendingAliases(state.aliases))],
  ['show device-alias status', plain(({ state }) => showAliasStatus(state))],
  ['show running-config [zone] [vsan <vsan:vsan>]', running],
  ['show startup-config', startup],
];
