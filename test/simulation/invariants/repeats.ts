/** A call that may have worked is never made again before somebody looked whether it did. */
import type { Request } from '../../../drivers/simulator/messages.ts';
import type { StoredVolume } from '../../../drivers/simulator/objects.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { World } from '../world/world.ts';

export class Repeats {
  readonly #world: World;
  /** Process and name of what was being made, of which the outcome is not known to the process; and its identity. */
  readonly #unknown = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Only what makes something new: all else reads its object again as a part of itself. */
  #keyOf(process: Incarnation, array: SimArray, { operation, args }: Request): string | undefined {
    const { name } = args as { readonly name?: string };
    return operation === 'ensureVolume' ? `${process.pid} ${array.name} ${name}` : undefined;
  }

  onAmbiguous(process: Incarnation, array: SimArray, request: Request): void {
    const key = this.#keyOf(process, array, request);
    if (key !== undefined) this.#unknown.set(key, (request.args as { readonly wwn: string }).wwn);
  }

  /** By name, or by native id where that is known already, whatever somebody has called it since. */
  onRead(process: Incarnation, array: SimArray, { operation, args }: Request): void {
    const { name, nativeId } = args as { readonly name?: string; readonly nativeId?: string };
    const looked = (found: string | undefined) => this.#unknown.delete(`${process.pid} ${array.name} ${found}`);
    if (operation === 'findVolume') looked(name);
    if (operation !== 'readVolume') return;
    const text = array.texts.get(`volume/${nativeId}`);
    if (text === undefined) return;
    const { wwn: seen } = JSON.parse(text) as StoredVolume;
    const here = `${process.pid} ${array.name} `;
    for (const [key, wwn] of this.#unknown) if (wwn === seen && key.startsWith(here)) this.#unknown.delete(key);
  }

  onCall(process: Incarnation, array: SimArray, request: Request): void {
    const key = this.#keyOf(process, array, request);
    if (key === undefined || process.state === 'dead' || !this.#unknown.has(key)) return;
    this.#world.violate(
      'no-blind-repeat',
      `${process.name} repeats ${request.operation} without having looked: ${key}`,
    );
  }
}
