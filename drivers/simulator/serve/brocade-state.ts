/**
 * A fabric of the simulated SAN as a Brocade switch has it (fos/): its principal switch is the one that is served. And the
 * same with the zoning that a switch had when it was served before: cables are as they are now, zones as they were left.
 * Pure.
 */

import { DATABASE_BYTES_MAX, databaseFrom, NAME_LENGTH_MAX } from '../fos/state/build.ts';
import {
  type EffectiveConfiguration,
  type FosAccount,
  type FosFabric,
  type FosPort,
  type FosState,
  type FosSwitch,
  withFabric,
} from '../fos/state/model.ts';
import { sessionEnded } from '../fos/state/transaction.ts';
import type { FabricFacts, FabricLogin, FabricSwitch } from '../san/fabric-facts.ts';

const FIRMWARE = 'v9.1.1b';
const FID = 128;
const REST_SESSIONS_MAX = 8;
/** Switches with more ports are directors: these are on a blade each. */
const FIXED_PORTS_MAX = 64;
const BLADE_PORTS = 48;

function portOf(logins: readonly FabricLogin[], index: number, director: boolean): FosPort {
  const place = director ? { slot: 1 + Math.floor(index / BLADE_PORTS), port: index % BLADE_PORTS } : { port: index };
  return {
    index,
    ...place,
    media: 'id',
    speed: 'N16',
    state: 'Online',
    logins: logins.map(({ wwpn, wwnn, role, name }) => ({
      wwpn,
      wwnn,
      role,
      ...(role === 'initiator' ? { nodeSymbol: name } : { portSymbol: name }),
    })),
  };
}

/** The first is linked with all others, beyond the ports that devices are at. */
function linksOf(facts: FabricFacts, own: FabricSwitch, director: boolean): FosPort[] {
  const [principal, ...others] = facts.switches;
  const peers = own === principal ? others : [principal!];
  return peers.map(({ wwn, name }, place) => ({
    ...portOf([], own.ports + place, director),
    peer: { wwn, name, upstream: own !== principal },
  }));
}

function switchOf(facts: FabricFacts, own: FabricSwitch): FosSwitch {
  const { name, domain, wwn, ports } = own;
  const director = ports > FIXED_PORTS_MAX;
  const here = facts.logins.filter((login) => login.switch === name);
  const used = [...new Set(here.map(({ port }) => port))];
  return {
    ...{ name, domain, wwn, type: director ? '166.0' : '162.0', address: `192.0.2.${domain}` },
    ports: [
      ...used.map((port) =>
        portOf(
          here.filter((login) => login.port === port),
          port,
          director,
        ),
      ),
      ...linksOf(facts, own, director),
    ],
  };
}

function effectiveOf({ effective: cfg, zones }: FabricFacts): EffectiveConfiguration | undefined {
  if (cfg === undefined) return undefined;
  const inEffect = zones.flatMap(({ name, effective: members }) =>
    members ? [[name, { kind: 'standard', principals: [], members }] as const] : [],
  );
  return { cfg, zones: new Map(inEffect) };
}

function fabricOf(facts: FabricFacts): FosFabric {
  const { switches, configurations, zones, aliases, defaultZone } = facts;
  const members = zones.flatMap((zone) => (zone.members ? [[zone.name, zone.members] as const] : []));
  const zonesIn = (cfg: string) => zones.filter((zone) => zone.configurations.includes(cfg)).map(({ name }) => name);
  const defined = databaseFrom({
    cfgs: Object.fromEntries(configurations.map((cfg) => [cfg, zonesIn(cfg)])),
    zones: Object.fromEntries(members),
    aliases: Object.fromEntries(aliases.map((alias) => [alias.name, alias.members])),
  });
  const effective = effectiveOf(facts);
  return {
    fid: FID,
    switches: switches.map((own) => switchOf(facts, own)),
    principalDomain: switches[0]!.domain,
    defined,
    ...(effective ? { effective } : {}),
    defaultZone: defaultZone === 'deny' ? 'no-access' : 'all-access',
    transactions: [],
    limits: { nameLengthMax: NAME_LENGTH_MAX, databaseBytesMax: DATABASE_BYTES_MAX },
    raslog: [],
  };
}

export function brocadeState(facts: FabricFacts, accounts: readonly FosAccount[]): FosState {
  return {
    firmware: FIRMWARE,
    virtualFabrics: false,
    defaultFid: FID,
    fabrics: [fabricOf(facts)],
    accounts,
    restSessions: [],
    restSessionsMax: REST_SESSIONS_MAX,
    counter: 0,
    commits: 0,
  };
}

/** Sessions of REST have ended, and what they had open; a transaction of the command line stays, as on a switch. */
export function withBrocadeZoning(fresh: FosState, kept: FosState): FosState {
  const ended = kept.restSessions.reduce((state, { token }) => sessionEnded(state, token), kept);
  const [now] = fresh.fabrics as readonly [FosFabric];
  const before = ended.fabrics.find(({ fid }) => fid === now.fid);
  if (!before) return fresh;
  const { switches, principalDomain } = now;
  return withFabric(
    { ...fresh, counter: kept.counter, commits: kept.commits },
    { ...before, switches, principalDomain },
  );
}
