/**
 * The ports of one storage system while a plan chooses paths for many hosts: what is chosen for one counts for the next, so that
 * hosts of one plan spread. A mutable board that lives as long as the planning; choosing from it costs by the paths that are
 * given, not by the ports that there are.
 */
import type { Urn } from '../model/urn.ts';
import { growLoad, indexPorts, type PortIndex } from './port-index.ts';
import { selectFrom } from './select-paths.ts';
import { DEFAULT_PATH_SETTINGS, type PathSettings } from './settings.ts';
import type { PathPair, PathPlan, PathPort, PathReason, PathRequest, PathResult, PortLoad } from './types.ts';

/** Paths of a mask, as a plan will make it. */
export interface PathsTaken {
  readonly pairs: readonly PathPair[];
  /** Which of them there were before: their initiators are counted already. */
  readonly existing: readonly PathPair[];
  /** Of the mask: a port that it comes to serves them all. */
  readonly volumes: number;
  /** Those that the plan adds to the mask: ports that it has get these. */
  readonly newVolumes: number;
}

export class PortLoads {
  readonly #index: PortIndex;
  readonly #nowMs: number;

  constructor(ports: readonly PathPort[], nowMs: number, settings: PathSettings = DEFAULT_PATH_SETTINGS) {
    this.#index = indexPorts(ports, nowMs, settings);
    this.#nowMs = nowMs;
  }

  /** As selectPaths with `ports` as they are now. Takes nothing: that is `add`. */
  select(request: Omit<PathRequest, 'ports' | 'nowMs'>): PathResult {
    return selectFrom(this.#index, { ...request, nowMs: this.#nowMs });
  }

  /** Undefined: not of this storage system. */
  load(port: Urn): PortLoad | undefined {
    return this.#index.indexed.get(port)?.load;
  }

  /** What is known of ports that somebody else chose, as PathPlan has it of those that we did. */
  figures(ports: readonly Urn[], by: PathReason): PathPlan['chosen'] {
    return [...new Set(ports)].flatMap((port) => {
      const entry = this.#index.indexed.get(port);
      if (!entry) return [];
      const { usage, load, group } = entry;
      const { metric, measuredAtMs: oldestMs } = group.network;
      const { measuredAtMs: _, ...figures } = load;
      const age = oldestMs === undefined ? {} : { sampleAgeMs: this.#nowMs - oldestMs };
      return [{ port, usage, metric, ...age, ...figures, by }];
    });
  }

  /** With their loads as they are now. */
  ports(): PathPort[] {
    return [...this.#index.ports.values()].map((port) => ({ ...port, load: this.load(port.urn)! }));
  }

  add({ pairs, existing, volumes, newVolumes }: PathsTaken): void {
    const key = ({ initiator, port }: PathPair): string => `${initiator} ${port}`;
    const known = new Set(existing.map(key));
    const had = new Set(existing.map(({ port }) => port));
    const initiators = new Map<Urn, number>();
    for (const pair of pairs) {
      initiators.set(pair.port, (initiators.get(pair.port) ?? 0) + (known.has(key(pair)) ? 0 : 1));
    }
    for (const [port, count] of initiators) {
      growLoad(this.#index, port, { initiators: count, volumes: had.has(port) ? newVolumes : volumes });
    }
  }
}
