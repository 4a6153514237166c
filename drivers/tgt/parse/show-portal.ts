/** `tgtadm --op show --mode portal`: the addresses tgtd listens on, as `Portal: <ip>:<port>,<group>` lines. */
import { surprise } from './surprise.ts';

export interface RuntimePortal {
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
  readonly ip: string;
  /** Listens on every address: what a host could log in to isn't known. */
  readonly wildcard: boolean;
}

export function parseShowPortal(text: string): RuntimePortal[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^Portal: ((.+):(\d+)),\d+$/.exec(line);
      if (!match) throw surprise('tgtadm show portal', text);
      const ip = match[2]!.replace(/^\[|\]$/g, '');
      return { address: match[1]!, ip, wildcard: ip === '0.0.0.0' || ip === '::' };
    });
}
