/**
 * Syntax of what stands on wires: subnets (CIDR) and iSCSI names; those of Fibre Channel are in lib/wwpn.ts. Pure text
 * checks; the normal form is lower case.
 */

const IQN = /^iqn\.\d{4}-(?:0[1-9]|1[0-2])\.[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[^\s]+)?$/;
const EUI = /^eui\.[0-9a-f]{16}$/;
const NAA = /^naa\.(?:[0-9a-f]{16}|[0-9a-f]{32})$/;
const ISCSI_NAME_LENGTH_MAX = 223;

/** Undefined when it is none. */
export function normaliseIqn(text: string): string | undefined {
  const name = text.toLowerCase();
  if (name.length > ISCSI_NAME_LENGTH_MAX) return undefined;
  return IQN.test(name) || EUI.test(name) || NAA.test(name) ? name : undefined;
}

export type SubnetParse = { ok: true; subnet: string } | { ok: false; suggestion?: string };

/** `10.1.2.0/24`, `fd00:1::/64`. Address bits behind the prefix must be zero; the suggestion has them cleared. */
export function parseSubnet(text: string): SubnetParse {
  const match = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(text.toLowerCase());
  if (!match) return { ok: false };
  const [, address, prefixText] = match as unknown as [string, string, string];
  const groups = address.includes(':') ? parseIpv6(address) : parseIpv4(address);
  if (groups === undefined) return { ok: false };
  const width = groups.length === 4 ? 8 : 16;
  const prefix = Number(prefixText);
  if (prefix > width * groups.length) return { ok: false };
  const cleared = groups.map((group, index) => {
    const bits = Math.min(Math.max(prefix - index * width, 0), width);
    return group & ~(2 ** (width - bits) - 1);
  });
  if (cleared.every((group, index) => group === groups[index])) return { ok: true, subnet: text.toLowerCase() };
  const form =
    width === 8
      ? cleared.join('.')
      : cleared
          .map((group) => group.toString(16))
          .join(':')
          .replace(/(?:(?:^|:)0)+$/, '::');
  return { ok: false, suggestion: `${form}/${prefix}` };
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? numbers : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groupsOf = (half: string | undefined) => (half === undefined || half === '' ? [] : half.split(':'));
  const [before, after] = [groupsOf(halves[0]), groupsOf(halves[1])];
  const missing = 8 - before.length - after.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...before, ...Array<string>(Math.max(missing, 0)).fill('0'), ...after];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}
