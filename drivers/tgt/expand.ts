/**
 * Makes mapped LUNs show a volume's size after its file grew. Separate from the growing, so that a crash between the
 * two is repaired by asking again: a LUN that shows another size than the file has is what is left to do.
 */
import type { CallContext } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { lunParameters } from './conf-file.ts';
import { shownMegabytes } from './parse/show-target.ts';
import type { StoredVolume } from './pool-files.ts';
import { LUN_RELOAD } from './target-scripts.ts';
import { isFileOf, markOf, readTargets } from './targets.ts';

/** Only targets of the volume's own installation are touched; others show the new size when they are restarted. */
export async function expandMapped(ctx: CallContext, client: TgtClient, volume: StoredVolume): Promise<void> {
  const seen = await readTargets(ctx, client);
  for (const target of seen.targets) {
    const mark = markOf(client, seen, target.name);
    if (!mark || mark.installation !== volume.mark?.installation) continue;
    for (const lun of target.luns) {
      const outdated = isFileOf(volume, lun.path) && lun.sizeMegabytes !== shownMegabytes(volume.sizeBytes);
      if (outdated) await reloadLun(ctx, client, target, lun.lun, volume);
    }
  }
}

/** Gives a LUN its file, identity and size anew, dropping the target's sessions for it. */
export async function reloadLun(
  ctx: CallContext,
  client: TgtClient,
  target: { readonly tid: number; readonly name: string },
  hlu: number,
  volume: StoredVolume,
): Promise<void> {
  const args = [target.tid, target.name, hlu, volumeParameters(volume)];
  await client.script(ctx, `reload LUN ${hlu} of ${target.name}`, LUN_RELOAD, args);
}

export function volumeParameters(volume: StoredVolume): string {
  return lunParameters({
    path: volume.shownPath,
    wwn: volume.wwn!,
    serial: volumeSerial(volume),
    thin: volume.provisioning === 'thin',
    readOnly: volume.snapshot !== undefined,
  });
}

export function volumeSerial(volume: StoredVolume): string {
  return volume.serial ?? volume.wwn!.slice(0, 20);
}
