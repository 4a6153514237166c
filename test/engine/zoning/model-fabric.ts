/** A fabric in a few lines: what is saved, what is in effect, and deltas as the driver contract has them. */
import type {
  AliasObservation,
  ZoneKind,
  ZoneMember,
  ZoneObservation,
  ZoneSpec,
  ZoningObservation,
} from '../../../src/engine/driver/network-contract.ts';
import type { SeenFabric } from '../../../src/engine/observe/network-observation.ts';
import type { DeltaOfZones } from '../../../src/engine/zoning/types.ts';

export const CONFIGURATION = 'PROD';

interface Saved {
  readonly kind: ZoneKind | 'other';
  readonly members: readonly ZoneMember[];
  readonly configurations: readonly string[];
}

const text = (members: readonly ZoneMember[]) =>
  members.map((member) => JSON.stringify(Object.entries(member).sort())).sort();
const same = (a: readonly ZoneMember[] | undefined, b: readonly ZoneMember[]) =>
  a !== undefined && JSON.stringify(text(a)) === JSON.stringify(text(b));

const order = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

export class ModelFabric {
  readonly zones = new Map<string, Saved>();
  readonly aliases = new Map<string, readonly ZoneMember[]>();
  readonly effective = new Map<string, readonly ZoneMember[]>();

  clone(): ModelFabric {
    const copy = new ModelFabric();
    for (const part of ['zones', 'aliases', 'effective'] as const) {
      for (const [name, value] of this[part]) (copy[part] as Map<string, unknown>).set(name, value);
    }
    return copy;
  }

  /** Somebody's own. */
  put(
    { name, kind = 'standard', members }: Omit<ZoneSpec, 'kind'> & { readonly kind?: Saved['kind'] },
    configurations: readonly string[] = [CONFIGURATION],
  ) {
    this.zones.set(name, { kind, members, configurations });
    this.activate();
  }

  resolved(members: readonly ZoneMember[]): ZoneMember[] {
    return members.flatMap((member) => {
      if (member.type !== 'alias') return [member];
      const ports = this.aliases.get(member.alias);
      if (!ports) throw new Error(`there is no alias ${member.alias}`);
      const { role } = member;
      return ports.map((port) => (role && port.type === 'wwpn' ? { ...port, role } : port));
    });
  }

  activate() {
    this.effective.clear();
    for (const [name, { members, configurations }] of this.zones) {
      if (configurations.includes(CONFIGURATION)) this.effective.set(name, this.resolved(members));
    }
  }

  apply(delta: DeltaOfZones) {
    const refuse = (why: string): never => {
      throw new Error(why);
    };
    for (const { name, members } of delta.addAliases) {
      if (this.aliases.has(name) && !same(this.aliases.get(name), members)) refuse(`alias ${name} is another`);
      this.aliases.set(name, members);
    }
    for (const { name, kind = 'standard', members } of delta.add) {
      const found = this.zones.get(name);
      if (found && !same(found.members, members)) refuse(`zone ${name} is another`);
      this.zones.set(name, { kind, members, configurations: [CONFIGURATION] });
    }
    for (const { name, kind = 'standard', from, to } of delta.change) {
      const found = this.zones.get(name);
      if (!found || found.kind !== kind || !same(found.members, from)) refuse(`zone ${name} is not as the delta says`);
      this.zones.set(name, { ...found!, members: to });
    }
    for (const { name, members } of delta.remove) {
      const found = this.zones.get(name);
      if (found && !same(found.members, members)) refuse(`zone ${name} is not as the delta says`);
      this.zones.delete(name);
    }
    for (const { name, members } of delta.removeAliases) {
      const users = [...this.zones.values()].some((zone) =>
        zone.members.some((member) => member.type === 'alias' && member.alias === name),
      );
      if (users || !same(this.aliases.get(name), members)) refuse(`alias ${name} is in use, or another`);
      this.aliases.delete(name);
    }
    this.activate();
    if (this.effective.size === 0) refuse('the last zone');
  }

  /** All of it, to the byte; lists of members in any order. */
  text(): string {
    const zones = order(this.zones).map(([name, zone]) => [name, zone.kind, text(zone.members), zone.configurations]);
    const [aliases, effective] = [this.aliases, this.effective].map((map) =>
      order(map).map(([name, members]) => [name, text(members)]),
    );
    return JSON.stringify({ zones, aliases, effective }, undefined, 1);
  }

  observations(): ZoneObservation[] {
    return order(this.zones).map(([name, { kind, members, configurations }]) => {
      const effective = this.effective.get(name);
      return { name, kind, defined: members, configurations, ...(effective ? { effective } : {}) };
    });
  }

  aliasObservations(): AliasObservation[] {
    return order(this.aliases).map(([name, members]) => ({ name, members }));
  }

  seen(zoning: Partial<ZoningObservation> = {}): SeenFabric {
    return {
      fabric: { nativeId: '10:00:00:00:00:00:00:01', name: 'FAB_A', switches: [] },
      endpoints: [],
      aliases: this.aliasObservations(),
      zones: this.observations(),
      configurations: [{ name: CONFIGURATION, zones: this.effective.size, effective: true }],
      zoning: {
        fingerprint: 'f',
        defaultZone: 'deny',
        effectiveConfiguration: CONFIGURATION,
        pending: [],
        pendingCount: 0,
        databaseBytes: 1_000,
        databaseBytesMax: 1_000_000,
        smartZoning: true,
        ...zoning,
      },
    };
  }

  /** Written for itself: not the engine's. */
  joins(name: string, a: string, b: string): boolean {
    const { kind } = this.zones.get(name)!;
    const members = this.effective.get(name) ?? [];
    return members.some((one) =>
      members.some((other) => {
        if (one.type !== 'wwpn' || other.type !== 'wwpn' || one.wwpn !== a || other.wwpn !== b) return false;
        if (kind === 'standard') return true;
        if (kind === 'peer') return [one.role, other.role].filter((role) => role === 'principal').length === 1;
        return kind === 'smart' && [one.role, other.role].sort().join() === 'initiator,target';
      }),
    );
  }
}
