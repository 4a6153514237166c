import { describe, expect, it } from 'vitest';
import { changeOf, createEstate, type Estate, lines, stepsOf } from './estate.ts';
import { maps, maskId } from './exports-support.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const VOLUMES = { a: null, b: null, c: null };
const texts = (exports: Record<string, string>, volumes: Record<string, string | null> = VOLUMES) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);

describe('what somebody changed on the device', () => {
  const EXPORT = texts({ e: 'host: h1, volumes: [a, b]' });

  it('a lost mask is repaired at once, with the same HLUs', async () => {
    const estate = await createEstate();
    await estate.applied(EXPORT);
    estate.edit({ edit: 'delete-mask', mask: await maskId(estate) });
    const plan = await estate.planned(EXPORT);
    expect(changeOf(plan, 's/export.e')).toMatchObject({ action: 'update', reason: 'repairs drift' });
    await estate.applied(EXPORT);
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2']);
    expect((await estate.run('drift', {})).items).toEqual([]);
    await noChanges(estate, EXPORT);
  });

  it('a lost initiator is admitted again, one added by hand is put out', async () => {
    const estate = await createEstate();
    await estate.applied(EXPORT);
    const mask = await maskId(estate);
    estate.edit({ edit: 'remove-initiator', mask, initiator: iqn('h1') });
    estate.edit({ edit: 'add-initiator', mask, initiator: iqn('evil') });
    const plan = await estate.planned(EXPORT);
    expect(stepsOf(plan, 's/export.e')).toEqual(['mask.ensure']);
    expect(changeOf(plan, 's/export.e').children[0]?.summary).toContain(`+${iqn('h1')} -${iqn('evil')}`);
    estate.edit({ edit: 'login', initiator: iqn('evil') });
    expect(lines(await estate.planned(EXPORT))).toEqual(['held s/export.e COPRHD-HELD-005']);
    estate.edit({ edit: 'logout', initiator: iqn('evil') });
    await estate.applied(EXPORT);
    expect((await estate.run('drift', {})).items).toEqual([]);
  });

  it('a single LUN taken out of a mask is held, and put back on request', async () => {
    const estate = await createEstate();
    await estate.applied(EXPORT);
    estate.edit({ edit: 'delete-mapping', mask: await maskId(estate), hlu: 2 });
    expect(lines(await estate.planned(EXPORT))).toEqual(['held s/export.e COPRHD-HELD-001']);
    const plan = await estate.planned(EXPORT, { replaceMissing: ['export.e'] });
    expect(stepsOf(plan, 's/export.e')).toEqual(['mapping.ensure']);
    await estate.applied(EXPORT, { replaceMissing: ['s/export.e'] });
    await noChanges(estate, EXPORT);
  });

  it('another volume at the HLU of ours is held, whatever is asked', async () => {
    const estate = await createEstate();
    await estate.applied(EXPORT);
    const mask = await maskId(estate);
    estate.edit({ edit: 'delete-mapping', mask, hlu: 2 });
    estate.edit({
      edit: 'add-mapping',
      mask,
      volume: (await estate.record('volume', 'c')).record.status.device!.nativeId,
      hlu: 2,
    });
    expect(lines(await estate.planned(EXPORT))).toEqual(['held s/export.e COPRHD-HELD-011']);
    expect(lines(await estate.planned(EXPORT, { replaceMissing: ['export.e'] }))).toEqual([
      'held s/export.e COPRHD-HELD-011',
    ]);
  });

  it('a mask that is not ours any more is not touched', async () => {
    const estate = await createEstate();
    await estate.applied(EXPORT);
    estate.edit({ edit: 'tag-mask', mask: await maskId(estate), tag: null });
    expect(lines(await estate.planned(texts({ e: 'host: h1, volumes: [a, b, c]' })))).toEqual([
      'held s/export.e COPRHD-HELD-011',
    ]);
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/export.e COPRHD-HELD-011']);
    expect(
      lines(await estate.planned(texts({ e: 'host: h1, volumes: [a, b]', f: 'host: h1, volumes: [c]' }))),
    ).toContain('held s/export.f COPRHD-HELD-011');
  });
});
