/** An estate over two fabrics with an export of a cluster, for tests of what is said of connections. */
import { createFabricEstate, fabricText } from '../planner/fabric-estate.ts';
import { stack } from '../planner/texts.ts';

export const web = (volumes: readonly string[], exports: Readonly<Record<string, string>>): string =>
  stack({
    stack: 'web',
    volumes: Object.fromEntries(volumes.map((name) => [name, null])),
    exports: { ...exports },
  });

/** Cluster c1 (hosts h1 and h2) has volumes a and b. */
export const WEB = web(['a', 'b', 'c'], { e: 'cluster: c1, volumes: [a, b]' });

export async function exportedEstate(options: Parameters<typeof createFabricEstate>[0] = {}) {
  const estate = await createFabricEstate({ foreignZones: 0, ...options });
  await estate.applied([fabricText(), WEB]);
  return estate;
}

let shared: ReturnType<typeof exportedEstate> | undefined;

/** One for all tests of a file that change nothing. */
export const unchangedEstate = () => (shared ??= exportedEstate());
