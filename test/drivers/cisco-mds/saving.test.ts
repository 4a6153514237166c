/** Saving the running configuration, after an activation. */
import { describe, expect, it } from 'vitest';
import { activation, add, after, CONFIG, SAVE, saved, start } from './basic-script.ts';
import { type Exchange, finding, reading, scripted, status } from './support.ts';

describe('saving', () => {
  const activated: readonly Exchange[] = [
    ...start,
    ...reading(saved),
    CONFIG,
    activation(),
    ['end'],
    status(after),
    ...reading(after),
  ];

  it('is of the whole fabric where that is configured, and says yes when it asks to go on', async () => {
    const copy: Exchange = [
      'copy running-config startup-config fabric',
      { ask: 'Do you want to continue? (y/n) [n] ', expect: 'y', says: '[####] 100%\n' },
    ];
    const { network, ctx, finish } = await scripted([...activated, copy], { saveTo: 'fabric' });
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it("waits for somebody else's copy", async () => {
    const busy: Exchange = [SAVE[0], 'Another copy running-config startup-config is in progress\n'];
    const { network, ctx, finish } = await scripted([...activated, busy, busy, SAVE]);
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it('that fails is told, undoes nothing, and is done with the same delta again', async () => {
    const { network, ctx, finish, written } = await scripted([
      ...activated,
      [SAVE[0], 'bootflash: no space left on device\n'],
      ['terminal length 0'],
      ...finding,
      ...reading(after),
      SAVE,
      ...finding,
      ...reading(after),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(
      /VSAN 100 is changed and in effect, but not saved: .*no space left/,
    );
    await network.applyZoneDelta(ctx(), await add());
    await network.applyZoneDelta(ctx(), await add());
    finish();
    expect(written.filter((line) => line.startsWith('no '))).toEqual([]);
  });

  it('gives up on a copy of somebody else that never ends', async () => {
    const busy: Exchange = [SAVE[0], 'Another copy running-config startup-config is in progress\n'];
    const { network, ctx, finish } = await scripted([...activated, busy, busy, busy, busy, busy]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(/not saved: .*in progress/);
    finish();
  });
});
