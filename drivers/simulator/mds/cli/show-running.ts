/** The zoning part of `show running-config`, which is also what a copy to the startup configuration saves. */
import { memberKey, roleText } from '../state/members.ts';
import { type MdsState, type MdsSwitch, type Member, vsanOf, type Zone, zoningOf } from '../state/types.ts';

/** Under a pwwn that has a device alias stands its name, as a comment. */
function memberLines({ aliases }: MdsState, member: Member): string[] {
  const line = `    member ${memberKey(member)}${roleText(member)}`;
  const alias = member.kind === 'pwwn' ? aliases.entries.find(({ wwn }) => wwn === member.wwn) : undefined;
  return alias ? [line, `!           [${alias.name}]`] : [line];
}

const group = (state: MdsState, kind: 'zone' | 'fcalias', { name, members }: Zone, vsan: number): string[] => [
  `${kind} name ${name} vsan ${vsan}`,
  ...members.flatMap((member) => memberLines(state, member)),
  '',
];

const zonesetLines = (name: string, zones: readonly string[], vsan: number): string[] => [
  `zoneset name ${name} vsan ${vsan}`,
  ...zones.map((zone) => `    member ${zone}`),
  '',
];

function vsanSection(state: MdsState, at: MdsSwitch, id: number): string[] {
  const vsan = vsanOf(state, id)!;
  const { db, defaultZone, distributeFull } = zoningOf(at, id);
  const { active } = vsan;
  const policies = [
    ...(vsan.mode === 'enhanced' ? [`zone mode enhanced vsan ${id}`] : []),
    ...(vsan.smartZoning ? [`zone smart-zoning enable vsan ${id}`] : []),
    ...(defaultZone === 'permit' ? [`zone default-zone permit vsan ${id}`] : []),
    ...(distributeFull && vsan.mode === 'basic' ? [`zoneset distribute full vsan ${id}`] : []),
    ...(vsan.confirmCommit ? [`zone confirm-commit enable vsan ${id}`] : []),
  ];
  const activeLines = active
    ? [
        `!Active Zone Database Section for vsan ${id}`,
        ...active.zones.flatMap((zone) => group(state, 'zone', zone, id)),
        ...zonesetLines(
          active.name,
          active.zones.map(({ name }) => name),
          id,
        ),
        `zoneset activate name ${active.name} vsan ${id}`,
        `do clear zone database vsan ${id}`,
      ]
    : [];
  const isEmpty = db.zones.length + db.zonesets.length + db.fcaliases.length === 0;
  const fullLines = isEmpty
    ? []
    : [
        `!Full Zone Database Section for vsan ${id}`,
        ...db.fcaliases.flatMap((one) => group(state, 'fcalias', one, id)),
        ...db.zones.flatMap((one) => group(state, 'zone', one, id)),
        ...db.zonesets.flatMap((one) => zonesetLines(one.name, one.zones, id)),
      ];
  return [...policies, ...activeLines, ...fullLines];
}

function aliasSection({ aliases }: MdsState): string[] {
  const mode = aliases.mode === 'enhanced' ? ['device-alias mode enhanced'] : [];
  return [
    ...mode,
    'device-alias database',
    ...aliases.entries.map(({ name, wwn }) => `  device-alias name ${name} pwwn ${wwn}`),
    '',
    'device-alias commit',
    '',
  ];
}

/** Of one VSAN, or with `undefined` of all and the device aliases. */
export function runningZoning(state: MdsState, at: MdsSwitch, vsan?: number): string[] {
  if (vsan !== undefined) return vsanSection(state, at, vsan);
  const vsans = state.vsans.flatMap((one) => [`  vsan ${one.id} name "${one.name}"`]);
  return [
    'vsan database',
    ...vsans,
    '',
    ...aliasSection(state),
    ...state.vsans.flatMap(({ id }) => vsanSection(state, at, id)),
    `switchname ${at.name}`,
  ];
}
