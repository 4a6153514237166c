/** Members of zones and FC aliases: what they are, how they are printed, and which logins they stand for. */
import { type Login, type MdsState, type Member, switchOf } from './types.ts';

/** What makes two members the same: everything but the role. */
export function memberKey(member: Member): string {
  switch (member.kind) {
    case 'pwwn':
    case 'fwwn':
      return `${member.kind} ${member.wwn}`;
    case 'fcid':
      return `fcid ${member.fcid}`;
    case 'interface':
      return `interface ${member.interface} ${placeText(member)}`;
    case 'ip-address':
      return `ip-address ${member.address}`;
    case 'device-alias':
    case 'fcalias':
    case 'symbolic-nodename':
      return `${member.kind} ${member.name}`;
  }
}

function placeText(member: Extract<Member, { kind: 'interface' }>): string {
  return 'swwn' in member ? `swwn ${member.swwn}` : `domain-id ${member.domainId}`;
}

export const roleText = (member: Member): string =>
  'role' in member && member.role !== undefined ? ` ${member.role}` : '';

export const sameMember = (a: Member, b: Member): boolean => memberKey(a) === memberKey(b);

/** `[name]` of the device alias of a pwwn, with a space before it; empty where there is none. */
export function aliasSuffix({ aliases }: MdsState, wwn: string): string {
  const alias = aliases.entries.find((one) => one.wwn === wwn);
  return alias ? ` [${alias.name}]` : '';
}

/** As full databases show it: `pwwn WWN [alias] init`. */
export function memberText(state: MdsState, vsan: number, member: Member): string {
  if (member.kind === 'fcalias') return `fcalias name ${member.name} vsan ${vsan}`;
  const alias = member.kind === 'pwwn' ? aliasSuffix(state, member.wwn) : '';
  return `${memberKey(member)}${alias}${roleText(member)}`;
}

function isAt(state: MdsState, member: Extract<Member, { kind: 'interface' }>, login: Login): boolean {
  const at = switchOf(state, login.switch);
  const isThere = 'swwn' in member ? at.wwn === member.swwn : at.domains[login.vsan] === member.domainId;
  return isThere && login.interface === member.interface;
}

function isLogin(state: MdsState, member: Member, login: Login): boolean {
  switch (member.kind) {
    case 'pwwn':
      return login.wwpn === member.wwn;
    case 'device-alias':
      return state.aliases.entries.some(({ name, wwn }) => name === member.name && wwn === login.wwpn);
    case 'fcid':
      return login.fcid === member.fcid;
    case 'fwwn':
      return portWwn(state, login) === member.wwn;
    case 'interface':
      return isAt(state, member, login);
    case 'symbolic-nodename':
      return login.symbolicNode === member.name;
    case 'ip-address':
    case 'fcalias':
      return false;
  }
}

/** Logged in now, in this VSAN. */
export const loginsOf = (state: MdsState, vsan: number, member: Member): Login[] =>
  state.logins.filter((login) => login.online && login.vsan === vsan && isLogin(state, member, login));

/** Of the port of the switch: `20:` and its number, one up with each interface. */
export function portWwn(
  state: MdsState,
  { switch: name, interface: port }: Pick<Login, 'switch' | 'interface'>,
): string {
  const at = switchOf(state, name);
  const index = at.interfaces.findIndex((one) => one.name === port) + 1;
  return `20:${index.toString(16).padStart(2, '0')}${at.wwn.slice(5)}`;
}
