/**
 * An administrator of the switches, beside us: makes and changes zones and aliases of his own, saves without enabling, holds
 * transactions open, and now and then changes one of ours. Nobody asks anybody; what fabrics refuse is left.
 */
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import type { Rng } from '../core/rng.ts';
import { type FabricOptions, ZONE_EDITS, type ZoneEditKind } from '../options.ts';
import { fcPorts, hbas } from '../world/fabric-topology.ts';
import type { SimFabric } from '../world/sim-san.ts';
import { hostNames } from '../world/topology.ts';
import type { Estate } from './estate.ts';
import { wait } from './running.ts';

export class Zoner {
  readonly #estate: Estate;
  readonly #options: FabricOptions;
  readonly #name: string;
  readonly #rng: Rng;
  #serial = 0;

  constructor(estate: Estate, options: FabricOptions, name: string) {
    this.#estate = estate;
    this.#options = options;
    this.#name = name;
    this.#rng = estate.world.rng.fork(name);
  }

  async live(): Promise<void> {
    const { world } = this.#estate;
    while (world.trouble) {
      await wait(world, this.#rng.skewed(this.#options.zonerMs));
      if (!world.trouble) return;
      const kind = this.#rng.weighted<ZoneEditKind>(this.#options.edits);
      const fabric = this.#rng.pick([...world.san!.fabrics.values()]);
      if (kind === 'transaction') await this.#dawdle(fabric);
      else if (kind === 'default-zone') await this.#open(fabric);
      else if (kind) this.#do(kind, fabric);
    }
  }

  /** Any edit, at this very moment. */
  fence(fabric: SimFabric): void {
    const kinds = ZONE_EDITS.filter((kind) => !/^(transaction|default-zone)$/.test(kind) && !kind.endsWith('-ours'));
    this.#do(this.#rng.pick(kinds), fabric);
  }

  /** Holds the zoning open, with or without an edit, and saves or aborts. */
  async #dawdle(fabric: SimFabric): Promise<void> {
    if (!this.#edit(fabric, { edit: 'open-transaction', owner: this.#name })) return;
    await wait(this.#estate.world, this.#rng.skewed({ min: 500, max: 90_000 }));
    if (fabric.stored.transaction?.owner !== this.#name) return;
    if (this.#rng.chance(0.5)) this.#do(this.#rng.pick(['add', 'save'] as const), fabric);
    this.#edit(fabric, { edit: 'close-transaction' });
  }

  /** The default zone, for a while. */
  async #open(fabric: SimFabric): Promise<void> {
    this.#edit(fabric, { edit: 'default-zone', access: 'permit' });
    await wait(this.#estate.world, this.#rng.skewed({ min: 500, max: 30_000 }));
    this.#edit(fabric, { edit: 'default-zone', access: 'deny' });
  }

  #edit(fabric: SimFabric, edit: FabricEdit): boolean {
    const { world } = this.#estate;
    const { transaction } = fabric.stored;
    if (transaction && transaction.owner !== this.#name) return false;
    const changes = fabric.edit(edit, world.scheduler.nowMs);
    if (!changes) return false;
    world.count(`by hand: ${edit.edit}`);
    world.log.say(this.#name, `${fabric.name}: ${JSON.stringify(edit)}`);
    world.monitor.zones.onHandEdit(fabric, changes);
    return true;
  }

  /** Two to three ports of the fabric, or of nobody. */
  #members(fabric: SimFabric): string[] {
    const { hosts, arrays } = this.#estate.world.options;
    const initiators = hostNames(hosts).flatMap((name) => hbas(name).filter((hba) => hba.fabric === fabric.name));
    const odd = fabric.name === 'fa' ? 0 : 1;
    const ports = fcPorts(this.#rng.int(1, arrays)).filter((_, index) => index % 2 === odd);
    const stranger = `10:00:00:00:00:ff:00:${String(this.#rng.int(10, 99))}`;
    const initiator = this.#rng.chance(0.5) ? this.#rng.pick(initiators).wwpn : stranger;
    const alias = this.#rng.chance(0.3) ? this.#alias(fabric) : undefined;
    return [alias ?? initiator, this.#rng.pick(ports).address];
  }

  #alias(fabric: SimFabric): string | undefined {
    const names = [...fabric.aliases().keys()];
    return names.length === 0 ? undefined : this.#rng.pick(names);
  }

  #zone(fabric: SimFabric, ours: boolean): string | undefined {
    const { zones } = this.#estate.world.monitor;
    const all = fabric.zones().filter(({ name, members }) => members && zones.isOurs(fabric.name, name) === ours);
    return all.length === 0 ? undefined : this.#rng.pick(all).name;
  }

  #do(kind: ZoneEditKind, fabric: SimFabric): void {
    const rng = this.#rng;
    const fresh = `${this.#name}_${++this.#serial}`;
    const zone = this.#zone(fabric, kind.endsWith('-ours'));
    const enable = rng.chance(0.6);
    switch (kind) {
      case 'add':
      case 'save':
        this.#edit(fabric, this.#adding(fabric, fresh, kind === 'add'));
        return;
      case 'enable':
        this.#edit(fabric, { edit: 'enable-configuration', configuration: 'legacy' });
        return;
      case 'alias':
        this.#editAlias(fabric, fresh, enable);
        return;
      case 'change':
      case 'change-ours':
        if (zone) this.#edit(fabric, { edit: 'change-zone', zone, members: this.#members(fabric), enable });
        return;
      case 'remove':
      case 'remove-ours':
        if (zone) this.#edit(fabric, { edit: 'delete-zone', zone, enable });
        return;
      case 'rename-ours':
        if (zone) this.#edit(fabric, { edit: 'rename-zone', zone, name: fresh, enable });
        return;
      default:
    }
  }

  #adding(fabric: SimFabric, zone: string, enable: boolean): FabricEdit {
    return { edit: 'create-zone', zone, members: this.#members(fabric), configuration: 'legacy', enable };
  }

  #editAlias(fabric: SimFabric, fresh: string, enable: boolean): void {
    const members = this.#members(fabric).filter((member) => member.includes(':'));
    const { zones } = this.#estate.world.monitor;
    const own = [...fabric.aliases().keys()].filter((name) => !zones.isOurs(fabric.name, name));
    const way = this.#rng.int(0, 2);
    const one = members.slice(0, 1);
    if (own.length === 0 || way === 0) this.#edit(fabric, { edit: 'create-alias', alias: `a_${fresh}`, members: one });
    else if (way === 1) this.#edit(fabric, { edit: 'change-alias', alias: this.#rng.pick(own), members: one, enable });
    else this.#edit(fabric, { edit: 'delete-alias', alias: this.#rng.pick(own) });
  }
}

/** Hosts lose power, cables come out, and all of that ends. */
export async function cableLife(estate: Estate, index: number): Promise<void> {
  const { world } = estate;
  const host = hostNames(world.options.hosts)[index]!;
  const rng = world.rng.fork(`host ${host}`);
  const broken = (fault: object) =>
    world.san!.handle({ operation: 'breakSan', args: fault as never, nowMs: world.scheduler.nowMs });
  while (world.trouble) {
    await wait(world, rng.skewed({ min: 2_000, max: 60_000 }));
    if (!world.trouble) return;
    const cable = rng.chance(0.6)
      ? `${host}:hba${rng.int(0, 1)}`
      : `sim-${rng.int(1, world.options.arrays)}:SP-${rng.int(1, 4)}`;
    const switchName = `${rng.pick(['fa', 'fb'])}-${rng.int(1, 2)}`;
    broken(
      rng.pick([
        { fault: 'host-off', host },
        { fault: 'host-on', host },
        { fault: 'pull-cable', cable },
        { fault: 'plug-cable' },
        { fault: rng.chance(0.3) ? 'switch-down' : 'switch-up', switch: switchName },
      ]),
    );
  }
}

/** The end of trouble: all is plugged in and on, nobody holds anything open. What was saved and not enabled stays so, or not. */
export function mendFabrics(estate: Estate): void {
  const { world } = estate;
  const nowMs = world.scheduler.nowMs;
  const rng = world.rng.fork('mend');
  const repair = (fault: object) => world.san!.handle({ operation: 'breakSan', args: fault as never, nowMs });
  repair({ fault: 'plug-cable' });
  for (const host of hostNames(world.options.hosts)) repair({ fault: 'host-on', host });
  for (const fabric of world.san!.fabrics.values()) {
    for (const number of [1, 2]) repair({ fault: 'switch-up', switch: `${fabric.name}-${number}` });
    const edits: FabricEdit[] = [
      { edit: 'close-transaction' },
      { edit: 'default-zone', access: 'deny' },
      ...(rng.chance(0.5) ? [{ edit: 'enable-configuration' as const, configuration: 'legacy' }] : []),
    ];
    for (const edit of edits) world.monitor.zones.onHandEdit(fabric, fabric.edit(edit, nowMs) ?? []);
  }
}
