/**
 * How much of a fabric's zone database a delta takes. How switches count isn't published; all of them count the characters of
 * names and members, and some add a few bytes each, or what is in effect once more. What is added is taken for the most
 * (a few bytes for each name, saved and in effect), what goes for the least (its characters, saved): a plan that fits by
 * this fits the switch.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ZoneMember, ZoneSpec } from '../driver/network-contract.ts';
import { placeOf } from './checks.ts';
import type { DeltaOfZones, ZoningContext } from './types.ts';

const NAME_OVERHEAD_BYTES = 12;
const MEMBER_OVERHEAD_BYTES = 4;
/** Of a separator. */
const LEAST_BYTES = 1;
const WWPN_LENGTH = 23;

const memberLength = (member: ZoneMember): number => (member.type === 'alias' ? member.alias.length : WWPN_LENGTH);

const mostOf = (members: readonly ZoneMember[], memberBytes = MEMBER_OVERHEAD_BYTES): number =>
  members.reduce((sum, member) => sum + memberLength(member) + memberBytes, 0);
const leastOf = (members: readonly ZoneMember[]): number => mostOf(members, LEAST_BYTES);

const total = <T>(items: readonly T[], bytesOf: (item: T) => number): number =>
  items.reduce((sum, item) => sum + bytesOf(item), 0);

/** In effect members are WWPNs, whatever they were saved as. */
const inEffect = ({ name, members }: ZoneSpec): number =>
  name.length + NAME_OVERHEAD_BYTES + members.length * (WWPN_LENGTH + MEMBER_OVERHEAD_BYTES);
const addedAlias = ({ name, members }: ZoneSpec): number => name.length + NAME_OVERHEAD_BYTES + mostOf(members);
/** Itself, its name in the configuration, and in effect. */
const addedZone = (zone: ZoneSpec): number =>
  addedAlias(zone) + zone.name.length + MEMBER_OVERHEAD_BYTES + inEffect(zone);
const goneAlias = ({ name, members }: ZoneSpec): number => name.length + LEAST_BYTES + leastOf(members);
const goneZone = (zone: ZoneSpec): number => goneAlias(zone) + zone.name.length + LEAST_BYTES;

/** Less than nothing when more goes than comes. */
export function databaseGrowthBytes(delta: DeltaOfZones): number {
  return (
    total(delta.addAliases, addedAlias) +
    total(delta.add, addedZone) -
    total(delta.removeAliases, goneAlias) -
    total(delta.remove, goneZone) +
    total(delta.change, ({ from, to }) => {
      const more = to.length - from.length;
      const saved = more > 0 ? mostOf(to) - mostOf(from) : leastOf(to) - leastOf(from);
      return saved + Math.max(0, more) * (WWPN_LENGTH + MEMBER_OVERHEAD_BYTES);
    })
  );
}

/** `plannedBytes`: what other masks of the plan take there, or give back. */
export function databaseHold(context: ZoningContext, delta: DeltaOfZones, plannedBytes = 0): Diagnostic | undefined {
  const { databaseBytes = 0, databaseBytesMax = 0 } = context.seen.zoning ?? {};
  const growth = databaseGrowthBytes(delta);
  const taken = databaseBytes + plannedBytes;
  if (growth <= 0 || taken + growth <= databaseBytesMax) return undefined;
  return {
    code: 'COPRHD-ZONE-006',
    severity: 'error',
    summary: `the zone database of ${placeOf(context)} has no room for these zones`,
    detail: `${databaseBytes} of ${databaseBytesMax} bytes are taken${plannedBytes === 0 ? '' : `, ${taken} with what else this plan does`}; ${delta.add.length} new zones with their aliases and ${delta.change.length} changed ones take up to ${growth}: ${taken + growth - databaseBytesMax} too many`,
    fix: 'remove zones that nobody uses any more, or choose a style with fewer zones (peer, smart) or members by WWPN',
  };
}
