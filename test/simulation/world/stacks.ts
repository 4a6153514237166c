/** What people want of each stack, as it is edited over a run, and the plan file that says so. */

import { quiesceOptionsOf } from '../copy-options.ts';
import type { Rng } from '../core/rng.ts';
import type { SimOptions } from '../options.ts';
import { StackCopies, type VolumesOfStack } from './stack-copies.ts';
import { hostNames } from './topology.ts';

export interface WantedVolume {
  sizeGib: number;
  readonly pool: 'gold' | 'solid';
  onRemove: 'quarantine' | 'delete' | 'retain';
  protect: boolean;
  /** Told in the next apply, and then for ever: a plan file keeps such lines. */
  movedFrom?: string;
}

export interface WantedExport {
  /** Who it is for, for ever; several hosts come and go. */
  readonly to: string;
  volumes: string[];
  hosts?: string[];
}

/** By the number at the end of its name, which a rename gives anew: so volumes join and leave. */
const isEven = (name: string): boolean => Number(/\d+$/.exec(name)?.[0] ?? 1) % 2 === 0;

export class Stack {
  readonly name: string;
  readonly volumes = new Map<string, WantedVolume>();
  readonly exports = new Map<string, WantedExport>();
  readonly forget = new Set<string>();
  /** Volume → where it was exported once: to another host it goes in two steps, which people know. */
  readonly #shownTo = new Map<string, string>();
  #serial = 0;

  readonly #groups: boolean;
  /** Absent: nobody copies. */
  readonly #copies: StackCopies | undefined;

  constructor(name: string, { groups = false, copies }: Pick<SimOptions, 'groups' | 'copies'> = {}) {
    this.name = name;
    this.#groups = groups || !!copies;
    const volumes: VolumesOfStack = {
      names: () => [...this.volumes.keys()],
      sizeGibOf: (volume) => this.volumes.get(volume)!.sizeGib,
      isInGroup: (volume) => isEven(volume) && this.volumes.get(volume)!.pool === 'gold',
    };
    if (copies) this.#copies = new StackCopies(name, volumes, copies);
  }

  /** Somebody has split what the file lets follow a volume. */
  onSplit(volume: string): void {
    this.#copies?.mirrors?.onSplit(volume);
  }

  text(): string {
    const volumes = [...this.volumes].map(([name, { sizeGib, pool, onRemove, protect, movedFrom }]) => {
      const moved = movedFrom === undefined ? '' : `, movedFrom: volume.${movedFrom}`;
      const group = this.#groups && pool === 'gold' && isEven(name) ? `, consistencyGroup: ${this.name}-cg` : '';
      return `  ${name}: { size: ${sizeGib}GiB, virtualPool: ${pool}, virtualArray: dc1, protect: ${protect}, onRemove: ${onRemove}${group}${this.#copies?.policyOf(name) ?? ''}${moved} }`;
    });
    const exports = [...this.exports].map(
      ([name, { to, hosts, volumes: listed }]) =>
        `  ${name}: { ${hosts ? `hosts: [${hosts.join(', ')}], sharedAccess: cluster-aware` : to}, volumes: [${listed.join(', ')}] }`,
    );
    volumes.push(...(this.#copies?.volumeLines() ?? []));
    exports.push(...(this.#copies?.exportLines() ?? []));
    return [
      'kind: stack',
      `stack: ${this.name}`,
      'project: p',
      ...(this.#groups ? [`consistencyGroups: { ${this.name}-cg: ${this.#copies?.groupText() ?? '{}'} }`] : []),
      ...(volumes.length > 0 ? ['volumes:', ...volumes] : []),
      ...(this.#copies?.section() ?? []),
      ...(exports.length > 0 ? ['exports:', ...exports] : []),
      ...(this.forget.size > 0 ? [`forget: [${[...this.forget].join(', ')}]`] : []),
      '',
    ].join('\n');
  }

  /** Somebody edits the file: one to five changes. Says what. */
  edit(rng: Rng, options: SimOptions): string {
    const said: string[] = [];
    for (let left = rng.int(1, 5); left > 0; left--) said.push(this.#editOnce(rng, options));
    return said.join('; ');
  }

  #editOnce(rng: Rng, options: SimOptions): string {
    if (this.#copies && rng.chance(0.4)) return this.#copies.edit(rng, options);
    const names = [...this.volumes.keys()];
    const exports = [...this.exports.keys()];
    // Zones come and go with exports only, and only who sees a volume is brought to rest for it.
    const exporting = options.fabrics || quiesceOptionsOf(options) ? 3 : 1;
    const several = exports.filter((each) => this.exports.get(each)!.hosts);
    const kind = rng.weighted({
      add: names.length < options.volumesPerStack ? 6 : 0,
      grow: names.length > 0 ? 2 : 0,
      drop: names.length > 1 ? 2 : 0,
      rename: names.length > 0 ? 1 : 0,
      forget: names.length > 1 ? 0.3 : 0,
      policy: names.length > 0 ? 1 : 0,
      export: names.length > 0 && exports.length < 3 ? 3 * exporting : 0,
      unexport: exports.length > 0 ? 1.5 * exporting : 0,
      members: exports.length > 0 && names.length > 0 ? 2 * exporting : 0,
      seers: several.length > 0 ? 4 * exporting : 0,
    });
    const name = names.length > 0 ? rng.pick(names) : '';
    switch (kind) {
      case 'add':
        return this.#add(rng);
      case 'grow': {
        const volume = this.volumes.get(name)!;
        volume.sizeGib += rng.int(1, 2);
        return `grow ${name} to ${volume.sizeGib}`;
      }
      case 'drop':
        this.#drop(name);
        return `drop ${name}`;
      case 'forget':
        this.#drop(name);
        this.forget.add(`volume.${name}`);
        return `forget ${name}`;
      case 'rename':
        return this.#rename(name);
      case 'policy': {
        const volume = this.volumes.get(name)!;
        volume.onRemove = rng.pick(['quarantine', 'delete', 'delete', 'retain'] as const);
        volume.protect = rng.chance(0.1);
        return `${name} onRemove ${volume.onRemove}${volume.protect ? ', protected' : ''}`;
      }
      case 'export': {
        const hosts = hostNames(options.hosts);
        const isOfSeveral = options.seers && rng.chance(0.5);
        const one = hosts.length > 1 && rng.chance(0.2) ? 'cluster: c1' : `host: ${rng.pick(hosts)}`;
        const to = isOfSeveral ? `those of ${this.name}-e${this.#serial + 1}` : one;
        const free = names.filter((each) => this.#mayShow(each, to));
        if (free.length === 0) return 'nothing to export';
        const fresh = `${this.name}-e${++this.#serial}`;
        const volumes = free.slice(0, rng.int(1, 3));
        for (const each of volumes) this.#shownTo.set(each, to);
        const seeing = isOfSeveral ? { hosts: hosts.filter(() => rng.chance(0.5)) } : {};
        this.exports.set(fresh, { to, volumes, ...seeing });
        return `export ${fresh} ${to}`;
      }
      case 'unexport': {
        const gone = rng.pick(exports);
        this.exports.delete(gone);
        return `unexport ${gone}`;
      }
      case 'seers':
        return this.#seers(rng.pick(several), rng.pick(hostNames(options.hosts)));
      case 'members':
        return this.#members(rng.pick(exports), name);
      default:
        return 'nothing';
    }
  }

  /** Volumes of all stacks are in one project. */
  #fresh(): string {
    return `${this.name}-v${++this.#serial}`;
  }

  #mayShow(volume: string, to: string): boolean {
    if ([...this.exports.values()].some(({ volumes }) => volumes.includes(volume))) return false;
    return (this.#shownTo.get(volume) ?? to) === to;
  }

  #add(rng: Rng): string {
    const name = this.#fresh();
    this.volumes.set(name, {
      sizeGib: rng.int(1, 3),
      pool: rng.chance(0.35) ? 'solid' : 'gold',
      onRemove: rng.pick(['quarantine', 'delete', 'delete', 'retain']),
      protect: false,
    });
    return `add ${name}`;
  }

  #drop(name: string): void {
    this.#copies?.onDropped(name);
    this.volumes.delete(name);
    for (const [key, wanted] of this.exports) {
      wanted.volumes = wanted.volumes.filter((each) => each !== name);
      if (wanted.volumes.length === 0) this.exports.delete(key);
    }
  }

  #rename(name: string): string {
    const fresh = this.#fresh();
    const volume = this.volumes.get(name)!;
    this.volumes.delete(name);
    this.volumes.set(fresh, { ...volume, movedFrom: name });
    this.#copies?.onRenamed(name, fresh);
    const shown = this.#shownTo.get(name);
    if (shown !== undefined) this.#shownTo.set(fresh, shown);
    for (const wanted of this.exports.values()) {
      wanted.volumes = wanted.volumes.map((each) => (each === name ? fresh : each));
    }
    return `rename ${name} to ${fresh}`;
  }

  #seers(name: string, host: string): string {
    const wanted = this.exports.get(name)!;
    const before = wanted.hosts ?? [];
    const goes = before.includes(host);
    wanted.hosts = goes ? before.filter((each) => each !== host) : [...before, host];
    return goes ? `hide ${name} from ${host}` : `show ${name} to ${host}`;
  }

  #members(name: string, volume: string): string {
    const wanted = this.exports.get(name)!;
    if (wanted.volumes.includes(volume)) {
      if (wanted.volumes.length === 1) return 'nothing';
      wanted.volumes = wanted.volumes.filter((each) => each !== volume);
      return `take ${volume} from ${name}`;
    }
    if (!this.#mayShow(volume, wanted.to)) return 'nothing';
    this.#shownTo.set(volume, wanted.to);
    wanted.volumes = [...wanted.volumes, volume];
    return `add ${volume} to ${name}`;
  }
}
