/** Is an address in a subnet? IPv4 and IPv6, pure (no node:net in the engine). */

/** Address as a number and its width in bits; undefined when malformed. */
function parseIp(text: string): { value: bigint; bits: 32 | 128 } | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split('.').map(Number);
    if (parts.some((part) => part > 255)) return undefined;
    return { value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n), bits: 32 };
  }
  const halves = text.split('::');
  if (halves.length > 2 || !/^[0-9a-fA-F:]+$/.test(text)) return undefined;
  const groups = (half: string | undefined) => (half ? half.split(':') : []);
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...tail];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { value: all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n), bits: 128 };
}

/** The one spelling of an address (RFC 5952); undefined when malformed. */
export function normaliseIp(text: string): string | undefined {
  const ip = parseIp(text);
  if (!ip) return undefined;
  const part = (index: number, bits: bigint) => (ip.value >> (bits * BigInt(index))) & ((1n << bits) - 1n);
  if (ip.bits === 32) return [3, 2, 1, 0].map((index) => part(index, 8n)).join('.');
  const groups = [7, 6, 5, 4, 3, 2, 1, 0].map((index) => part(index, 16n).toString(16));
  const [from, length] = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}

/** The first of the longest runs: where it begins, and how long it is. */
function longestZeros(groups: readonly string[]): readonly [number, number] {
  let [from, length] = [0, 0];
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (groups[end] === '0') end++;
    if (end - at > length) [from, length] = [at, end - at];
    at = Math.max(at, end);
  }
  return [from, length];
}

export function isCidr(text: string): boolean {
  const [address, prefix, extra] = text.split('/');
  const ip = parseIp(address ?? '');
  return ip !== undefined && extra === undefined && /^\d{1,3}$/.test(prefix ?? '') && Number(prefix) <= ip.bits;
}

export function ipInSubnet(ip: string, cidr: string): boolean {
  const [network, prefix] = cidr.split('/');
  const [a, b] = [parseIp(ip), parseIp(network ?? '')];
  if (!a || !b || a.bits !== b.bits) return false;
  const shift = BigInt(a.bits - Number(prefix));
  return a.value >> shift === b.value >> shift;
}

/** `10.0.0.1:3260` or `[::1]:3260` → the address without its TCP port. */
export function hostOfPortal(portal: string): string {
  const match = /^\[(.*)\](?::\d+)?$/.exec(portal);
  if (match) return match[1]!;
  const colon = portal.lastIndexOf(':');
  return colon > 0 && portal.indexOf(':') === colon ? portal.slice(0, colon) : portal;
}

/** Is this portal in one of these subnets? */
export function portalInSubnets(portal: string, subnets: readonly string[]): boolean {
  const ip = hostOfPortal(portal);
  return subnets.some((subnet) => ipInSubnet(ip, subnet));
}
