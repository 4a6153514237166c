/** New zones of a mask, and members of grown ones: roles, aliases, names. */
import { compareText } from '../../lib/compare-text.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { fabricIndex } from './fabric-index.ts';
import { initiatorAliasName, isOurAlias, portAliasName, zoneName } from './names.ts';
import { recordedIndex } from './recorded-index.ts';
import type { Rectangle } from './rectangles.ts';
import type { Style } from './styles.ts';
import type { MaskPaths, OurZone, ZonedPath, ZoningContext } from './types.ts';

/** Of switch and record, whichever is less. */
export const membersMaxOf = ({ driver }: ZoningContext): number => Math.min(driver.membersMax, LIMITS.zoneMembersMax);

export interface Maker {
  readonly context: ZoningContext;
  readonly mask: MaskPaths;
  readonly style: Style;
  readonly paths: readonly ZonedPath[];
  /** Names given so far. */
  readonly names: Set<string>;
}

/** One that stands for this WWPN alone: ours, another's, or a new one of ours. */
function aliasFor({ context, mask, paths }: Maker, wwpn: string): string {
  const index = fabricIndex(context.seen);
  const known = index.aliasesOf.get(wwpn) ?? [];
  const found = known.find((alias) => isOurAlias(context.installation, alias, wwpn)) ?? known[0];
  if (found !== undefined) return found;
  const port = paths.find((path) => path.port === wwpn);
  const isTaken = (name: string) => index.names.has(name);
  return port === undefined
    ? initiatorAliasName(context, mask, wwpn, isTaken)
    : portAliasName(context, mask, port, isTaken);
}

function newMember(maker: Maker, wwpn: string, role: RecordedZoneMember['role']): RecordedZoneMember {
  return {
    portName: wwpn,
    ...(role === undefined ? {} : { role }),
    ...(maker.context.policy.members === 'alias' ? { alias: aliasFor(maker, wwpn) } : {}),
  };
}

/** `from`: members that stay as they are where they stay. */
export function membersOf(
  maker: Maker,
  { initiators, ports }: Rectangle,
  from: readonly RecordedZoneMember[],
): RecordedZoneMember[] {
  const known = new Map(from.map((member) => [member.portName, member]));
  const { initiatorRole, portRole } = maker.style;
  const members = [
    ...initiators.map((wwpn) => known.get(wwpn) ?? newMember(maker, wwpn, initiatorRole)),
    ...ports.map((wwpn) => known.get(wwpn) ?? newMember(maker, wwpn, portRole)),
  ];
  return members.sort((a, b) => compareText(a.portName, b.portName));
}

export function newZone(maker: Maker, rectangle: Rectangle): OurZone {
  const { context, mask, style, names } = maker;
  const onFabric = fabricIndex(context.seen).names;
  const { ours } = recordedIndex(context);
  const isTaken = (name: string) => onFabric.has(name) || ours.has(name) || names.has(name);
  const name = zoneName(context, mask, style.purpose(rectangle, maker.paths), isTaken);
  names.add(name);
  return { mask: mask.mask, zoneName: name, kind: style.kind, members: membersOf(maker, rectangle, []) };
}
