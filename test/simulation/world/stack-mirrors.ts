/** What people want to follow volumes of a stack, as its plan file is edited over a run. */
import type { Rng } from '../core/rng.ts';
import type { SimOptions } from '../options.ts';
import type { VolumesOfStack } from './stack-copies.ts';
import { hostNames } from './topology.ts';

interface WantedMirror {
  source: string;
  /** As large as its source, and so much larger. Never less: who grows the source lets it grow, too. */
  extraGib: number;
  readonly pool: 'gold' | 'solid';
  onRemove: 'quarantine' | 'delete' | 'retain';
  /** Somebody has split it by name, as far as people know. */
  isSplit: boolean;
  /** Both words are out of the file; it is so large from then on. */
  freeGib?: number;
}

interface Shown {
  readonly to: string;
  readonly volume: string;
}

export class StackMirrors {
  readonly #stack: string;
  readonly #volumes: VolumesOfStack;
  readonly #mirrors = new Map<string, WantedMirror>();
  readonly #exports = new Map<string, Shown>();
  #serial = 0;

  constructor(stack: string, volumes: VolumesOfStack) {
    this.#stack = stack;
    this.#volumes = volumes;
  }

  volumeLines(): string[] {
    return [...this.#mirrors].map(([name, wanted]) => {
      const { source, pool, onRemove, freeGib } = wanted;
      const follows = freeGib === undefined ? `, copyOf: ${source}, continuous: true` : '';
      return `  ${name}: { size: ${this.#sizeGib(wanted)}GiB, virtualPool: ${pool}, virtualArray: dc1, protect: false, onRemove: ${onRemove}${follows} }`;
    });
  }

  exportLines(): string[] {
    return [...this.#exports].map(
      ([name, { to, volume }]) => `  ${name}: { ${to}, volumes: [${volume}], copies: identity-regenerated }`,
    );
  }

  #sizeGib({ source, extraGib, freeGib }: WantedMirror): number {
    return freeGib ?? this.#volumes.sizeGibOf(source) + extraGib;
  }

  edit(rng: Rng, options: SimOptions): string {
    const sources = this.#volumes.names();
    const all = [...this.#mirrors.keys()];
    const bound = all.filter((name) => this.#mirrors.get(name)!.freeGib === undefined);
    const split = bound.filter((name) => this.#mirrors.get(name)!.isSplit);
    const free = all.filter((name) => !bound.includes(name));
    const bindable = free.filter((name) => sources.includes(this.#mirrors.get(name)!.source));
    const kind = rng.weighted({
      follow: sources.length > 0 && all.length < 3 ? 4 : 0,
      drop: all.length > 0 ? 1.5 : 0,
      grow: all.length > 0 ? 1 : 0,
      policy: all.length > 0 ? 0.5 : 0,
      free: split.length > 0 ? 3 : 0,
      // Before it was split, which the plan refuses until somebody does, or the words are back.
      'free-early': bound.length > 0 ? 0.2 : 0,
      bind: bindable.length > 0 ? 0.5 : 0,
      show: free.length > 0 ? 2 : 0,
      'show-early': bound.length > 0 ? 0.5 : 0,
      unshow: this.#exports.size > 0 ? 1.5 : 0,
    });
    switch (kind) {
      case 'follow': {
        const name = `${this.#stack}-f${++this.#serial}`;
        const source = rng.pick(sources);
        const pool = rng.chance(0.3) ? 'solid' : 'gold';
        const onRemove = rng.pick(['quarantine', 'quarantine', 'delete', 'retain'] as const);
        const extraGib = rng.chance(0.2) ? 1 : 0;
        this.#mirrors.set(name, { source, extraGib, pool, onRemove, isSplit: false });
        return `${name} follows ${source}`;
      }
      case 'drop': {
        const name = rng.pick(all);
        this.#drop(name);
        return `drop ${name}`;
      }
      case 'grow': {
        const name = rng.pick(all);
        const wanted = this.#mirrors.get(name)!;
        if (wanted.freeGib === undefined) wanted.extraGib++;
        else wanted.freeGib++;
        return `grow ${name} to ${this.#sizeGib(wanted)}`;
      }
      case 'policy': {
        const name = rng.pick(all);
        const wanted = this.#mirrors.get(name)!;
        wanted.onRemove = rng.pick(['quarantine', 'delete', 'retain'] as const);
        return `${name} onRemove ${wanted.onRemove}`;
      }
      case 'free':
        return this.#free(rng.pick(split));
      case 'free-early':
        return this.#free(rng.pick(bound));
      case 'bind': {
        const name = rng.pick(bindable);
        const wanted = this.#mirrors.get(name)!;
        wanted.extraGib = Math.max(0, wanted.freeGib! - this.#volumes.sizeGibOf(wanted.source));
        delete wanted.freeGib;
        return `${name} follows ${wanted.source} again`;
      }
      case 'show':
        return this.#show(rng, options, rng.pick(free));
      case 'show-early':
        return this.#show(rng, options, rng.pick(bound));
      case 'unshow': {
        const name = rng.pick([...this.#exports.keys()]);
        this.#exports.delete(name);
        return `unexport ${name}`;
      }
      default:
        return 'nothing';
    }
  }

  #free(name: string): string {
    const wanted = this.#mirrors.get(name)!;
    wanted.freeGib = this.#sizeGib(wanted);
    return `${name} follows nobody`;
  }

  #show(rng: Rng, options: SimOptions, volume: string): string {
    if ([...this.#exports.values()].some((shown) => shown.volume === volume)) return `${volume} is shown`;
    const name = `${this.#stack}-y${++this.#serial}`;
    const to = `host: ${rng.pick(hostNames(options.hosts))}`;
    this.#exports.set(name, { to, volume });
    return `export ${name} ${to}`;
  }

  #drop(name: string): void {
    this.#mirrors.delete(name);
    for (const [key, { volume }] of this.#exports) if (volume === name) this.#exports.delete(key);
  }

  onSplit(name: string): void {
    const wanted = this.#mirrors.get(name);
    if (wanted) wanted.isSplit = true;
  }

  /** What follows it goes with it; what was split, and says so, stays. */
  onDropped(volume: string): void {
    for (const [name, { source, freeGib }] of this.#mirrors) {
      if (source === volume && freeGib === undefined) this.#drop(name);
    }
  }

  onRenamed(volume: string, fresh: string): void {
    for (const wanted of this.#mirrors.values()) if (wanted.source === volume) wanted.source = fresh;
  }
}
