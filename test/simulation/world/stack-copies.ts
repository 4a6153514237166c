/** What people want of snapshots and full copies in a stack's plan file, as it is edited over a run. */

import { type CopyOptions, type QuiesceWord, quiesceOptionsOf, wishOf } from '../copy-options.ts';
import type { Rng } from '../core/rng.ts';
import type { SimOptions } from '../options.ts';
import { StackMirrors } from './stack-mirrors.ts';
import { hostNames } from './topology.ts';

interface WantedSnapshot {
  volume: string;
  readonly set?: string;
  readonly quiesce?: QuiesceWord;
  readonly onRemove: 'quarantine' | 'delete';
}

interface WantedCopy {
  readonly of: 'volume' | 'snapshot';
  source: string;
  readonly pool: 'gold' | 'solid';
  readonly onRemove: 'quarantine' | 'delete';
}

interface WantedExport {
  readonly to: string;
  readonly volumes: readonly string[];
  readonly snapshots: readonly string[];
  /** Somebody says that file systems on the copies have identities of their own. */
  readonly regenerated: boolean;
}

/** What the stack says of its volumes, when asked. */
export interface VolumesOfStack {
  names(): readonly string[];
  sizeGibOf(name: string): number;
  isInGroup(name: string): boolean;
}

const onRemoveOf = (rng: Rng) => rng.pick(['quarantine', 'delete', 'delete'] as const);

export class StackCopies {
  readonly #stack: string;
  readonly #volumes: VolumesOfStack;
  readonly #snapshots = new Map<string, WantedSnapshot>();
  readonly #copies = new Map<string, WantedCopy>();
  readonly #exports = new Map<string, WantedExport>();
  readonly #policed = new Set<string>();
  #groupPoliced = false;
  #serial = 0;
  /** Absent: nobody lets a volume follow another one. */
  readonly mirrors: StackMirrors | undefined;

  constructor(stack: string, volumes: VolumesOfStack, { mirrors }: Pick<CopyOptions, 'mirrors'>) {
    this.#stack = stack;
    this.#volumes = volumes;
    if (mirrors) this.mirrors = new StackMirrors(stack, volumes);
  }

  policyOf(volume: string): string {
    return this.#policed.has(volume) ? ', snapshotPolicy: often' : '';
  }

  groupText(): string {
    return this.#groupPoliced ? '{ snapshotPolicy: often }' : '{}';
  }

  volumeLines(): string[] {
    const lines = [...this.#copies].map(([name, { of, source, pool, onRemove }]) => {
      const copyOf = of === 'volume' ? source : `{ snapshot: ${source} }`;
      return `  ${name}: { size: ${this.#sizeGib(of, source)}GiB, virtualPool: ${pool}, virtualArray: dc1, protect: false, onRemove: ${onRemove}, copyOf: ${copyOf} }`;
    });
    return [...lines, ...(this.mirrors?.volumeLines() ?? [])];
  }

  /** A snapshot may be older than its volume is large. */
  #sizeGib(of: WantedCopy['of'], source: string): number {
    return this.#volumes.sizeGibOf(of === 'volume' ? source : this.#snapshots.get(source)!.volume);
  }

  exportLines(): string[] {
    const lines = [...this.#exports].map(([name, { to, volumes, snapshots, regenerated }]) => {
      const also = snapshots.length > 0 ? `, snapshots: [${snapshots.join(', ')}]` : '';
      const seenTo = regenerated ? ', copies: identity-regenerated' : '';
      return `  ${name}: { ${to}, volumes: [${volumes.join(', ')}]${also}${seenTo} }`;
    });
    return [...lines, ...(this.mirrors?.exportLines() ?? [])];
  }

  section(): string[] {
    const lines = [...this.#snapshots].map(([name, { volume, set, quiesce, onRemove }]) => {
      const of = `${set === undefined ? '' : `, set: ${set}`}${quiesce === undefined ? '' : `, quiesce: ${quiesce}`}`;
      return `  ${name}: { volume: ${volume}, protect: false, onRemove: ${onRemove}${of} }`;
    });
    return lines.length > 0 ? ['snapshots:', ...lines] : [];
  }

  edit(rng: Rng, options: SimOptions): string {
    if (this.mirrors && rng.chance(0.5)) return this.mirrors.edit(rng, options);
    const names = this.#volumes.names();
    const some = (map: ReadonlyMap<string, unknown>) => map.size > 0;
    const kind = rng.weighted({
      snapshot: names.length > 0 && this.#snapshots.size < 4 ? 3 : 0,
      set: names.length > 1 && this.#snapshots.size < 4 ? 3 : 0,
      copy: names.length > 0 && this.#copies.size < 2 ? 2 : 0,
      'drop-snapshot': some(this.#snapshots) ? 1.5 : 0,
      'drop-copy': some(this.#copies) ? 1 : 0,
      show: some(this.#snapshots) || some(this.#copies) ? 2 : 0,
      unshow: some(this.#exports) ? 1 : 0,
      police: options.copies ? (options.copies.policies ? 2 : 0) : 0,
    });
    switch (kind) {
      case 'snapshot':
        return this.#take([rng.pick(names)], { onRemove: onRemoveOf(rng), ...this.#quiesced(rng, options) });
      case 'set': {
        const grouped = names.filter((name) => this.#volumes.isInGroup(name));
        const of = grouped.length > 1 ? grouped : names.slice(0, 2);
        const set = `${this.#stack}-set${++this.#serial}`;
        return this.#take(of, { onRemove: onRemoveOf(rng), ...this.#quiesced(rng, options), set });
      }
      case 'copy':
        return this.#copy(rng, names);
      case 'drop-snapshot': {
        const name = rng.pick([...this.#snapshots.keys()]);
        this.#dropSnapshot(name);
        return `drop snapshot ${name}`;
      }
      case 'drop-copy': {
        const name = rng.pick([...this.#copies.keys()]);
        this.#dropCopy(name);
        return `drop copy ${name}`;
      }
      case 'show':
        return this.#show(rng, options);
      case 'unshow': {
        const name = rng.pick([...this.#exports.keys()]);
        this.#exports.delete(name);
        return `unexport ${name}`;
      }
      case 'police': {
        if (rng.chance(0.5)) this.#groupPoliced = !this.#groupPoliced;
        else if (names.length > 0) {
          const name = rng.pick(names);
          if (!this.#policed.delete(name)) this.#policed.add(name);
        }
        return 'snapshot policies';
      }
      default:
        return 'nothing';
    }
  }

  #quiesced(rng: Rng, options: SimOptions): Pick<WantedSnapshot, 'quiesce'> {
    const quiesce = quiesceOptionsOf(options);
    const wish = quiesce && wishOf(rng, quiesce);
    return wish === undefined ? {} : { quiesce: wish };
  }

  #take(volumes: readonly string[], how: Omit<WantedSnapshot, 'volume'>): string {
    const names = volumes.map((volume) => {
      const name = `${this.#stack}-n${++this.#serial}`;
      this.#snapshots.set(name, { volume, ...how });
      return name;
    });
    return `snapshots ${names.join(', ')} of ${volumes.join(', ')}`;
  }

  #copy(rng: Rng, names: readonly string[]): string {
    const name = `${this.#stack}-c${++this.#serial}`;
    const snapshots = [...this.#snapshots.keys()];
    const of = snapshots.length > 0 && rng.chance(0.5) ? 'snapshot' : 'volume';
    const source = of === 'snapshot' ? rng.pick(snapshots) : rng.pick(names);
    this.#copies.set(name, { of, source, pool: rng.chance(0.3) ? 'solid' : 'gold', onRemove: onRemoveOf(rng) });
    return `copy ${name} of ${source}`;
  }

  #show(rng: Rng, options: SimOptions): string {
    const volumes = [...this.#copies.keys()].filter(() => rng.chance(0.5));
    const snapshots = [...this.#snapshots.keys()].filter(() => rng.chance(0.3));
    if (volumes.length + snapshots.length === 0) return 'nothing to show';
    const name = `${this.#stack}-x${++this.#serial}`;
    const to = `host: ${rng.pick(hostNames(options.hosts))}`;
    this.#exports.set(name, { to, volumes, snapshots, regenerated: rng.chance(0.4) });
    return `export ${name} ${to}`;
  }

  #dropSnapshot(name: string): void {
    this.#snapshots.delete(name);
    for (const [copy, { of, source }] of this.#copies) if (of === 'snapshot' && source === name) this.#dropCopy(copy);
    this.#hide(name);
  }

  #dropCopy(name: string): void {
    this.#copies.delete(name);
    this.#hide(name);
  }

  #hide(name: string): void {
    for (const [key, wanted] of this.#exports) {
      const volumes = wanted.volumes.filter((each) => each !== name);
      const snapshots = wanted.snapshots.filter((each) => each !== name);
      if (volumes.length + snapshots.length === 0) this.#exports.delete(key);
      else this.#exports.set(key, { ...wanted, volumes, snapshots });
    }
  }

  onDropped(volume: string): void {
    for (const [name, wanted] of this.#snapshots) if (wanted.volume === volume) this.#dropSnapshot(name);
    for (const [name, { of, source }] of this.#copies) if (of === 'volume' && source === volume) this.#dropCopy(name);
    this.#policed.delete(volume);
    this.mirrors?.onDropped(volume);
  }

  onRenamed(volume: string, fresh: string): void {
    for (const wanted of this.#snapshots.values()) if (wanted.volume === volume) wanted.volume = fresh;
    for (const wanted of this.#copies.values()) {
      if (wanted.of === 'volume' && wanted.source === volume) wanted.source = fresh;
    }
    if (this.#policed.delete(volume)) this.#policed.add(fresh);
    this.mirrors?.onRenamed(volume, fresh);
  }
}
