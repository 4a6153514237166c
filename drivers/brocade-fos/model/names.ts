/**
 * Names and members as text. Nothing is sent to a switch that hasn't passed `checkName` or `memberText`: what passes holds
 * no quote, space, semicolon, dollar sign or line end, so that it means nothing to the command line or in a path.
 */
import { DriverError, type ZoneMember } from 'coprhd/driver';

/** What every version takes. */
export const NAME_ALPHABET = /^[A-Za-z0-9_]+$/;
export const NAME_LENGTH_MAX = 64;
/** Members of one zone. */
export const MEMBERS_MAX = 255;

/** Also `-` and `^`, which newer versions take in names that others gave. Never `$`: a shell would replace it. */
const SENDABLE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_^-]{0,63}$/;
const WWN = /^(?:[0-9a-f]{2}:){7}[0-9a-f]{2}$/i;
const DOMAIN_PORT = /^(\d{1,3}),(\d{1,4})$/;
/** Any name that a switch may show. */
const SHOWN_NAME = /^[A-Za-z0-9_$^-]{1,64}$/;
/** The first member of a peer zone says so, and isn't a port. */
const PEER_PROPERTY = /^00:02:00:/;
const DOMAIN_MAX = 239;

export const invalid = (message: string): DriverError => new DriverError({ class: 'invalid', message });

export const isWwn = (text: string): boolean => WWN.test(text);
export const normalWwn = (text: string): string => text.toLowerCase();

/** Symbolic names are printed with their length, `[20] "text"`, by nsshow, and over REST by some versions. */
export const symbolOf = (text: string): string => /^\[\d+\]\s*"(.*)"$/.exec(text.trim())?.[1] ?? text.trim();

export function checkName(name: string): string {
  if (SENDABLE_NAME.test(name)) return name;
  throw invalid(`zoning name ${JSON.stringify(name)} is not 1 to ${NAME_LENGTH_MAX} of A-Z a-z 0-9 _ - ^`);
}

/** A member as switches print it, in the one form that members are compared in. Names are kept to the letter. */
export function normalMember(text: string): string {
  if (isWwn(text)) return normalWwn(text);
  const [, domain, port] = DOMAIN_PORT.exec(text) ?? [];
  return domain === undefined ? text : `${Number(domain)},${Number(port)}`;
}

/** Sorted, each once. */
export const memberSet = (members: Iterable<string>): readonly string[] =>
  [...new Set([...members].map(normalMember))].sort();

export function memberOf(text: string): ZoneMember {
  if (isWwn(text)) return PEER_PROPERTY.test(text) ? { type: 'other', text } : { type: 'wwpn', wwpn: text };
  const [, domain, port] = DOMAIN_PORT.exec(text) ?? [];
  if (domain !== undefined) return { type: 'port', domain: Number(domain), port: Number(port) };
  return SHOWN_NAME.test(text) ? { type: 'alias', alias: text } : { type: 'other', text };
}

export const isAlias = (text: string): boolean => memberOf(text).type === 'alias';

/** A member that may be sent. Throws `invalid` for what is none, or of a kind that is never written. */
export function memberText(member: ZoneMember): string {
  switch (member.type) {
    case 'wwpn':
      if (!isWwn(member.wwpn)) throw invalid(`${JSON.stringify(member.wwpn)} is not a WWPN`);
      return normalWwn(member.wwpn);
    case 'alias':
      return checkName(member.alias);
    case 'port':
      return portText(member.domain, member.port);
    case 'other':
      throw invalid(`member ${JSON.stringify(member.text)} is of a kind that can't be written`);
  }
}

function portText(domain: number, port: number): string {
  const text = `${domain},${port}`;
  if (DOMAIN_PORT.test(text) && domain >= 1 && domain <= DOMAIN_MAX) return text;
  throw invalid(`${text} is not a domain and a port`);
}
