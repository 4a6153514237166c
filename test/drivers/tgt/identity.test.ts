/**
 * tgt gives every LUN that is added an identity of its own making, from target and LUN number: what a LUN had before it was
 * deleted is lost. Each way in which a LUN comes to be added anew must end with the volume's identity, as hosts read it.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { context, HOST_A, MIB, mapped, markOf, pageEightyThree, useBench, volumeArgs } from './support.ts';

const bench = useBench();
const HLU = 5;

async function expectIdentity({ volume, mask }: Awaited<ReturnType<typeof mapped>>): Promise<void> {
  const [first, last] = [bench.array.portals[0]!, bench.array.portals.at(-1)!];
  for (const portal of [first, last]) {
    expect(await pageEightyThree(portal, mask.targetName!, HLU, HOST_A)).toBe(volume.wwn);
  }
  const seen = (await bench.driver.readMask(context(), mask.nativeId))!;
  expect(seen.mappings).toEqual([{ hlu: HLU, volume: volume.nativeId, wwn: volume.wwn }]);
  const text = await bench.array.tgtadm('--op', 'show', '--mode', 'target');
  const section = text.slice(text.indexOf(`: ${mask.nativeId}\n`)).split(/^Target /m)[0]!;
  const sn = /SCSI SN: (\S+)/.exec(section.slice(section.indexOf(`LUN: ${HLU}\n`)))![1]!;
  expect(sn).toBe(volumeArgs(volume.name).serial);
}

async function lunOf(target: string): Promise<string[]> {
  const text = await bench.array.tgtadm('--op', 'show', '--mode', 'target');
  const tid = new RegExp(`Target (\\d+): ${target}\n`).exec(text)![1]!;
  return ['--mode', 'logicalunit', '--tid', tid, '--lun', String(HLU)];
}

const fileOf = (name: string) => join(bench.array.poolDirectory, `${name}.img`);

describe('identity is set again after a LUN is added again', () => {
  it('by mapping a volume that was unmapped, as a restore does', async () => {
    const made = await mapped(bench, 'remapped', HLU);
    const { maskExpect, volumeExpect } = made;
    await bench.driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: HLU });
    await bench.driver.ensureMapping(context(), maskExpect, { volume: volumeExpect, hlu: HLU });
    await expectIdentity(made);
  });

  it('by hand, without an identity, on the same file', async () => {
    const made = await mapped(bench, 'by-hand', HLU);
    const lun = await lunOf(made.mask.nativeId);
    await bench.array.tgtadm('--op', 'delete', ...lun);
    await bench.array.tgtadm('--op', 'new', ...lun, '-b', fileOf('by-hand'));
    const shown = (await bench.driver.readMask(context(), made.mask.nativeId))!.mappings;
    expect(shown).toEqual([{ hlu: HLU, volume: made.volume.nativeId }]);
    await bench.driver.ensureMapping(context(), made.maskExpect, { volume: made.volumeExpect, hlu: HLU });
    await expectIdentity(made);
  });

  it('in the expansion of a volume whose LUN somebody added again', async () => {
    const made = await mapped(bench, 'expanded', HLU);
    const lun = await lunOf(made.mask.nativeId);
    await bench.array.tgtadm('--op', 'delete', ...lun);
    await bench.array.tgtadm('--op', 'new', ...lun, '-b', fileOf('expanded'));
    await bench.driver.expand!.expandVolume(context(), made.volumeExpect, { sizeBytes: 48 * MIB });
    await expectIdentity(made);
  });

  it('in an expansion', async () => {
    const made = await mapped(bench, 'grown', HLU);
    await bench.driver.expand!.expandVolume(context(), made.volumeExpect, { sizeBytes: 48 * MIB });
    await expectIdentity(made);
  });

  it('by tgt-admin after a restart of tgtd, from the files of the driver', async () => {
    const made = await mapped(bench, 'restarted', HLU);
    await bench.array.restart();
    await expectIdentity(made);
  });

  it('by asking again after a restart in which the target was lost', async () => {
    const made = await mapped(bench, 'lost', HLU);
    await bench.array.restart();
    const lun = await lunOf(made.mask.nativeId);
    await bench.array.tgtadm('--op', 'delete', '--mode', 'target', ...lun.slice(2, 4), '--force');
    const mask = { name: 'mask-lost', mark: markOf('mask-lost'), initiators: [HOST_A], ports: [] };
    await bench.driver.ensureMask(context(), mask);
    await bench.driver.ensureMapping(context(), made.maskExpect, { volume: made.volumeExpect, hlu: HLU });
    await expectIdentity(made);
  });
});
