/** The hooks that the conformance kit of network systems wants, on a simulated Brocade switch. For drivers' tests. */
import type { FosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import type { NetworkFaultHooks, NetworkHandHooks } from '../../../../src/engine/driver/conformance/network-target.ts';
import type { ZoneMember } from '../../../../src/engine/driver/network-contract.ts';

/** As the command line takes it. */
export function memberText(member: ZoneMember): string {
  switch (member.type) {
    case 'wwpn':
      return member.wwpn;
    case 'alias':
      return member.alias;
    case 'port':
      return `${member.domain},${member.port}`;
    case 'other':
      return member.text;
  }
}

const texts = (members: readonly ZoneMember[]) => members.map(memberText);

export function handHooks({ hand }: FosSimulator, fid?: number): Required<NetworkHandHooks> {
  return {
    createZone: async ({ name, members, configuration, enable }) =>
      hand.createZone({ name, members: texts(members), configuration, enable }, fid),
    changeZone: async (name, members, enable) => hand.changeZone(name, texts(members), enable, fid),
    deleteZone: async (name, enable) => hand.deleteZone(name, enable, fid),
    createAlias: async (name, members) => hand.createAlias(name, texts(members), fid),
    changeAlias: async (name, members) => hand.changeAlias(name, texts(members), fid),
    openTransaction: async (user) => hand.openTransaction({ user }, fid),
    defaultZone: async (access) => hand.defaultZone(access === 'permit' ? 'all-access' : 'no-access', fid),
    logout: async (wwpn) => hand.logout(wwpn, fid),
  };
}

export function faultHooks({ faults, asked }: FosSimulator): Required<NetworkFaultHooks> {
  return {
    // Over REST an activation is saved first, and only its end is the end of a delta.
    loseReply: async () => faults.add({ fault: 'lose-reply', at: 'activation' }),
    loseRequest: async () => faults.add({ fault: 'lose-request' }),
    busy: async () => faults.add({ fault: 'busy' }),
    slow: async (latencyMs) => faults.add({ fault: 'slow', latencyMs }),
    rejectActivation: async () => faults.add({ fault: 'reject-activation' }),
    partialZones: async () => faults.add({ fault: 'partial', tells: true }),
    clear: async () => faults.clear(),
    asked,
  };
}
