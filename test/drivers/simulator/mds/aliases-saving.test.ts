/**
 * Device aliases with their own lock, and saving. Replies about device aliases: Cisco-SAN/mdssdk, mdssdk/devicealias.py and
 * its tests (Apache-2.0); "locked" and "no pending changes" derived around the words that CoprHD/coprhd-controller matches
 * (licence not checked). Saving: the bar as recorded from a Nexus 9000 in a public repository; its question, the refusal
 * of a second copy and a failed copy: derived.
 */
import { describe, expect, test } from 'vitest';
import { HOST, startFabric, TARGET, zoned } from './prompt.ts';

function inAliases(fabric: ReturnType<typeof startFabric>, options: Parameters<typeof fabric.open>[0] = {}) {
  const prompt = fabric.open(options);
  prompt('conf t', 'device-alias database');
  return prompt;
}

describe('device aliases', () => {
  test('are pending until the commit, then everywhere', () => {
    const fabric = startFabric();
    const admin = inAliases(fabric);
    expect(admin(`device-alias name host_1 pwwn ${HOST(1)}`)).toBe('');
    expect(admin('show device-alias database')).toBe('There are no entries in the database');
    expect(admin('device-alias commit')).toBe('');
    expect(fabric.open({ on: 'mds-2' })('show device-alias database')).toContain(HOST(1));
  });

  test('have one name and one WWN each', () => {
    const admin = inAliases(startFabric());
    admin(`device-alias name host_1 pwwn ${HOST(1)}`);
    expect(admin(`device-alias name host_1 pwwn ${HOST(2)}`)).toBe('Device Alias already present');
    expect(admin(`device-alias name other pwwn ${HOST(1)}`)).toBe(
      'Another device-alias already present with the same pwwn',
    );
    expect(admin('no device-alias name nothing')).toBe('Device Alias not present');
    expect(admin('device-alias rename nothing more')).toBe('Device Alias not present');
    expect(admin('device-alias rename host_1 esx_1', 'no device-alias name esx_1')).toBe('');
    expect(admin(`device-alias name a.b pwwn ${HOST(1)}`)).toBe('Illegal name a.b');
    expect(admin(`device-alias name ${'a'.repeat(65)} pwwn ${HOST(1)}`)).toContain(
      'String exceeded max length of (64)',
    );
  });

  test('are locked by who changes them first', () => {
    const fabric = startFabric();
    inAliases(fabric)(`device-alias name host_1 pwwn ${HOST(1)}`);
    const eve = inAliases(fabric, { user: 'eve' });
    expect(eve(`device-alias name host_2 pwwn ${HOST(2)}`)).toBe('Fabric is already locked');
    expect(eve('device-alias commit')).toBe('Fabric is already locked');
    expect(eve('device-alias abort')).toBe('Fabric is already locked');
    const admin = inAliases(fabric);
    expect(admin('device-alias abort')).toBe('');
    expect(admin('device-alias commit')).toBe('There are no pending changes');
    expect(admin('show device-alias database')).toBe('There are no entries in the database');
  });

  test('in basic mode a zone stores the WWN, in enhanced mode the name', () => {
    const fabric = startFabric();
    const admin = inAliases(fabric);
    admin(`device-alias name array_1 pwwn ${TARGET(1)}`, 'device-alias commit');
    admin('zone name basic vsan 10', 'member device-alias array_1');
    admin('device-alias mode enhanced', 'device-alias commit');
    admin('zone name enhanced vsan 10', 'member device-alias array_1');
    expect(admin('show zone vsan 10')).toBe(
      `zone name basic vsan 10\n  pwwn ${TARGET(1)} [array_1]\n\nzone name enhanced vsan 10\n  device-alias array_1`,
    );
  });
});

const DONE = `[########################################] 100%
Copy complete, now saving to disk (please wait)...
Copy complete.`;
const BUSY = 'Copy failed: another copy in progress, please try again later';

describe('saving', () => {
  test('makes the running configuration the startup configuration, of this switch only', () => {
    const { admin, state } = zoned();
    expect(admin('show startup-config')).toBe('No startup configuration');
    expect(admin('copy running-config startup-config')).toBe(DONE);
    expect(admin.last().delayMs).toBe(50);
    expect(admin('show startup-config')).toContain('zoneset name zs vsan 10');
    expect(state.switches[1]!.startup).toBe('');
  });

  test('for the whole fabric asks first', () => {
    const { admin, state, open } = zoned();
    expect(admin('copy running-config startup-config fabric')).toContain('Do you want to continue? (y/n) [n] ');
    expect(admin('n')).toBe('');
    expect(state.switches.map(({ startup }) => startup)).toEqual(['', '']);
    admin('copy r s fabric');
    expect(admin('y')).toBe(DONE);
    expect(open({ on: 'mds-2' })('show startup-config')).toContain('zoneset activate name zs vsan 10');
  });

  test('is one copy at a time', () => {
    const { admin, open, wait } = zoned();
    open({ on: 'mds-2' })('copy running-config startup-config');
    admin('copy running-config startup-config fabric');
    expect(admin('y')).toBe(BUSY);
    expect(admin('copy running-config startup-config')).toBe(DONE);
    expect(admin('copy running-config startup-config')).toBe(BUSY);
    wait(50);
    expect(admin('copy running-config startup-config')).toBe(DONE);
  });

  test('may fail some times', () => {
    const { admin, state } = zoned();
    state.faults.push({ kind: 'copy-fails', times: 2 });
    const said = () => admin('copy running-config startup-config').split('\n').at(-1);
    expect([said(), said()]).toEqual([
      'Configuration update aborted: request was aborted',
      'Configuration update aborted: request was aborted',
    ]);
    expect(state.switches[0]!.startup).toBe('');
    expect(said()).toBe('Copy complete.');
  });
});
