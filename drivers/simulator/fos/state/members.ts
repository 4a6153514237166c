/** Members of zones and aliases: WWNs, `domain,port`, names of aliases; and the property member of a peer zone. */
import { FosRefusal } from './refusal.ts';

const WWN = /^([0-9a-f]{2}:){7}[0-9a-f]{2}$/i;
const DOMAIN_PORT = /^(\d{1,3}),(\d{1,4})$/;
const DOMAIN_MAX = 239;

export const isWwn = (member: string): boolean => WWN.test(member);
export const isDomainPort = (member: string): boolean => DOMAIN_PORT.test(member);

/** Two members are the same when these are. Names are told apart by case. */
export const foldMember = (member: string): string => (isWwn(member) ? member.toLowerCase() : member);

export const hasMember = (members: readonly string[], member: string): boolean =>
  members.some((one) => foldMember(one) === foldMember(member));

/** Each once, in the order given. */
export const uniqueMembers = (members: readonly string[]): string[] =>
  members.filter((member, index) => members.findIndex((one) => foldMember(one) === foldMember(member)) === index);

/** `alias`: a name is no member of an alias. Throws FosRefusal. A WWN that begins with 00 is a property, not a member. */
export function checkMember(member: string, name: RegExp, of: 'zone' | 'alias'): void {
  const refuse = () => new FosRefusal('invalid-member', `Error: Invalid ${of} member "${member}"`);
  if (isWwn(member)) {
    if (member.startsWith('00:')) throw refuse();
    return;
  }
  const place = DOMAIN_PORT.exec(member);
  if (place) {
    if (Number(place[1]) < 1 || Number(place[1]) > DOMAIN_MAX) throw refuse();
    return;
  }
  if (of === 'alias' || !name.test(member)) throw refuse();
}

/**
 * First member of a peer zone as the command line prints it: user created, how its principals are named, and of how many
 * WWNs they are: an alias counts as many times as it has members. Shape from jconsoli/brcddb (util/parse_cli.py, Apache-2.0),
 * which reads the first and the last byte; the sixth and seventh are derived.
 */
export function peerProperty(principals: readonly string[], aliases: ReadonlyMap<string, readonly string[]>): string {
  const places = principals.some(isDomainPort) ? '02' : '03';
  const names = principals.some((one) => !isWwn(one) && !isDomainPort(one)) ? '01' : '00';
  const count = principals.reduce((sum, one) => sum + (aliases.get(one)?.length ?? 1), 0);
  return `00:02:00:00:00:${places}:${names}:${count.toString(16).padStart(2, '0')}`;
}
