/** Which host LUN number a volume gets: the same one in all masks of its export, unique in each, never one in quarantine. */
import type { Urn } from '../model/urn.ts';
import type { MaskContext } from './masks.ts';

/**
 * Above these the host finds no LUN. Windows: 255 LUNs a target (0 to 254), Microsoft's storage limits; ESX: LUN ids to 1,023 in all
 * releases, VMware's configuration maximums. The other types have none, or one that is set on the host.
 */
const HIGHEST_BY_HOST: Readonly<Record<string, number>> = { windows: 254, esx: 1_023 };

const highest = ({ driver, host }: MaskContext): number =>
  Math.min(driver.hluMax, HIGHEST_BY_HOST[host.spec.type] ?? Number.POSITIVE_INFINITY);

function boundBy(contexts: readonly MaskContext[], max: number): string {
  const found = contexts.find(({ host, driver }) => HIGHEST_BY_HOST[host.spec.type] === max && max < driver.hluMax);
  return found ? `, as host ${found.host.name} is of type ${found.host.spec.type}` : '';
}

interface Wish {
  readonly pinned?: number | undefined;
  /** If it is free. */
  readonly rather?: number | undefined;
  /** Else no lower one. */
  readonly from?: number | undefined;
}

/** The pinned HLU, else the lowest (from `from` up) that is free in all masks; 0 is kept for boot. Notes it as used. */
export function chooseHlu(
  contexts: readonly MaskContext[],
  volume: Urn,
  volumeName: string,
  { pinned, rather, from: wanted = 0 }: Wish = {},
): { hlu: number } | { why: string; isFreed?: boolean } {
  const lowest = Math.max(...contexts.map(({ driver }) => driver.hluMin));
  const max = Math.min(...contexts.map(highest));
  const range = `${lowest} to ${max}${boundBy(contexts, max)}`;
  const take = (hlu: number) => {
    for (const context of contexts) {
      context.usedHlus.set(hlu, volumeName);
      raiseLowest(context);
    }
    return { hlu };
  };
  if (pinned !== undefined) {
    if (pinned < lowest || pinned > max) return { why: `HLU ${pinned} is outside ${range}` };
    const why = takenBy(contexts, volume, pinned);
    if (why === undefined) return take(pinned);
    return {
      why: `HLU ${pinned} is taken: ${why}`,
      isFreed: contexts.some((each) => each.quarantinedHlus.has(pinned)),
    };
  }
  const from = Math.max(wanted, ...contexts.map(({ lowestHlu }) => lowestHlu));
  // Its own former number first: the host may still know it there.
  const own = contexts.flatMap(({ formerHlus }) => formerHlus.get(volume) ?? []).sort((a, b) => a - b);
  for (const hlu of rather === undefined ? own : [rather, ...own]) {
    if (hlu >= Math.max(1, lowest) && takenBy(contexts, volume, hlu) === undefined) return take(hlu);
  }
  for (let hlu = from; hlu <= max; hlu++) if (takenBy(contexts, volume, hlu) === undefined) return take(hlu);
  return { why: `all HLUs from ${Math.max(1, wanted, lowest)} to ${max}${boundBy(contexts, max)} are taken` };
}

function takenBy(contexts: readonly MaskContext[], volume: Urn, hlu: number): string | undefined {
  for (const { usedHlus, quarantinedHlus, pins, host } of contexts) {
    const used = usedHlus.get(hlu);
    if (used !== undefined) return `${used} has it on host ${host.name}`;
    const pinned = pins.get(hlu);
    if (pinned !== undefined && pinned !== volume) return `it is pinned for another volume on host ${host.name}`;
    const former = quarantinedHlus.get(hlu);
    if (former !== undefined && former !== volume) {
      return `it was freed less than 7 days ago and host ${host.name} may still have a device for it`;
    }
  }
  return undefined;
}

/** So that a mask with thousands of volumes isn't searched from the start for each. */
function raiseLowest(context: MaskContext): void {
  const { usedHlus, quarantinedHlus, pins } = context;
  let hlu = context.lowestHlu;
  while (usedHlus.has(hlu) || quarantinedHlus.has(hlu) || pins.has(hlu)) hlu++;
  context.lowestHlu = hlu;
}
