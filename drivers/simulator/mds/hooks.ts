/**
 * A simulated VSAN as the network conformance kit wants to handle it: people's edits and faults of calls, in the words of
 * the driver contract, done on the simulator.
 */
import type { ZoneMember } from 'coprhd/driver';
import type { Hand, MdsSimulator } from './simulator.ts';
import type { Place } from './state/hand.ts';
import type { Member } from './state/types.ts';

export interface HookOptions {
  readonly vsan: number;
  /** The switch that the driver talks to. */
  readonly seed: string;
  /** What an alias of the contract is here: a device alias (one WWPN) or an FC alias of the VSAN. */
  readonly aliases: 'device-alias' | 'fcalias';
}

const placeOf = ({ vsan, seed }: HookOptions): Place => ({ vsan, switch: seed });

/** `other` has no form here: RangeError. */
export function memberFor({ aliases }: Pick<HookOptions, 'aliases'>, member: ZoneMember): Member {
  switch (member.type) {
    case 'wwpn':
      return { kind: 'pwwn', wwn: member.wwpn };
    case 'alias':
      return { kind: aliases, name: member.alias };
    case 'port':
      return { kind: 'interface', interface: `fc1/${member.port}`, domainId: member.domain };
    case 'other':
      throw new RangeError(`a member ${member.text} can't be made by hand`);
  }
}

function setAlias(hand: Hand, options: HookOptions, name: string, members: readonly ZoneMember[]): void {
  const [first, ...others] = members;
  if (options.aliases === 'fcalias') {
    hand.setFcalias(
      placeOf(options),
      name,
      members.map((one) => memberFor(options, one)),
    );
  } else if (first?.type === 'wwpn' && others.length === 0) hand.setDeviceAlias(name, first.wwpn);
  else throw new RangeError('a device alias stands for one WWPN');
}

/** NetworkHandHooks of the conformance kit. */
export function networkHand(simulator: MdsSimulator, options: HookOptions) {
  const place = placeOf(options);
  const membersOf = (members: readonly ZoneMember[]) => members.map((one) => memberFor(options, one));
  return {
    createZone: async (zone: {
      readonly name: string;
      readonly members: readonly ZoneMember[];
      readonly configuration: string;
      readonly enable: boolean;
    }) => {
      const { name, configuration: zoneset, enable } = zone;
      simulator.hand.createZone(place, { name, members: membersOf(zone.members), zoneset }, enable);
    },
    changeZone: async (name: string, members: readonly ZoneMember[], enable: boolean) =>
      simulator.hand.changeZone(place, name, membersOf(members), enable),
    deleteZone: async (name: string, enable: boolean) => simulator.hand.deleteZone(place, name, enable),
    createAlias: async (name: string, members: readonly ZoneMember[]) =>
      setAlias(simulator.hand, options, name, members),
    changeAlias: async (name: string, members: readonly ZoneMember[]) =>
      setAlias(simulator.hand, options, name, members),
    /** Enhanced mode only: RangeError in basic mode, which has no sessions. */
    openTransaction: async (owner: string) => simulator.hand.openSession(place, owner),
    defaultZone: async (access: 'deny' | 'permit') => simulator.hand.defaultZone(options.vsan, access),
    logout: async (wwpn: string) => simulator.hand.logout(wwpn),
  };
}

/** What makes a call of applyZoneDelta one: it takes the lock, or changes something. */
const IS_ASKED = /^(no )?(zone|zoneset|fcalias) |^device-alias (database|commit)|^(no )?member /;

/** NetworkFaultHooks of the conformance kit. */
export function networkFaults(simulator: MdsSimulator, { vsan, seed }: HookOptions) {
  const { faults } = simulator;
  const on = { switch: seed };
  return {
    loseReply: async () => faults.add({ kind: 'lose-reply', ...on }),
    loseRequest: async () => faults.add({ kind: 'lose-request', ...on }),
    busy: async () => faults.add({ kind: 'busy', vsan, ...on }),
    slow: async (latencyMs: number) => faults.add({ kind: 'slow', latencyMs, ...on }),
    rejectActivation: async () => faults.add({ kind: 'reject-activation', how: 'failed', ...on }),
    partialZones: async () => faults.add({ kind: 'partial-zones', silent: false, ...on }),
    clear: async () => faults.clear(),
    /** Commands that take the lock or change something: of each call that gets so far at least one. */
    asked: () => simulator.commands().filter(({ command }) => command !== undefined && IS_ASKED.test(command)).length,
  };
}
