/**
 * Basic mode: each switch has a full database of its own, an activation publishes that of the switch it is given on, and
 * takes time. Rules from Cisco's configuration guides; replies from Cisco-SAN/mdssdk, mdssdk/zone.py (Apache-2.0) and
 * CoprHD/coprhd-controller, MDSDialog.java (licence not checked, words only); "pending action" and texts about members are derived around their words.
 */
import { describe, expect, test } from 'vitest';
import { activeBytes, dbBytes } from '../../../../drivers/simulator/mds/state/zone-db.ts';
import { type Fabric, HOST, type Prompt, TARGET, zoned } from './prompt.ts';

const status = (prompt: Prompt) => prompt('show zone status vsan 10 | include Status').slice('Status: '.length);

const addZone = (prompt: Prompt, name: string) =>
  prompt(
    'conf t',
    `zone name ${name} vsan 10`,
    `member pwwn ${TARGET(2)}`,
    'zoneset name zs vsan 10',
    `member ${name}`,
  );

describe('an activation', () => {
  test('is begun, under way, and then in effect on every switch', () => {
    const fabric = zoned();
    const { admin } = fabric;
    addZone(admin, 'z3');
    expect(admin('zoneset activate name zs vsan 10')).toBe('Zoneset activation initiated. check zone status');
    expect(status(admin)).toBe('Commit in progress');
    expect(admin('show zoneset active vsan 10')).not.toContain('z3');
    fabric.wait(299);
    expect(status(admin)).toBe('Commit in progress');
    fabric.wait(1);
    expect(status(admin)).toBe('Activation completed at 01:25:27 UTC May 14 2023');
    for (const on of ['mds-1', 'mds-2']) {
      expect(fabric.open({ on })('show zoneset active vsan 10')).toContain('zone name z3 vsan 10');
    }
  });

  test('locks the VSAN while it is under way', () => {
    const fabric = zoned();
    addZone(fabric.admin, 'z3');
    fabric.admin('zoneset activate name zs vsan 10');
    const busy = 'Command rejected: there is a pending action';
    expect(fabric.admin('zone name z4 vsan 10')).toBe(busy);
    expect(fabric.admin.prompt()).toBe('mds-1(config)# ');
    expect(fabric.admin('zoneset activate name zs vsan 10')).toBe(busy);
    expect(fabric.open({ on: 'mds-2' })('conf t', 'zone name z4 vsan 10')).toContain(busy);
    expect(fabric.admin('zone name z4 vsan 1')).toBe('');
    fabric.wait(1_000);
    expect(fabric.admin('zone name z4 vsan 10')).toBe('');
  });

  test('takes what was saved when it began, not what is saved meanwhile', () => {
    const fabric = zoned();
    addZone(fabric.admin, 'z3');
    fabric.admin('zoneset activate name zs vsan 10');
    fabric.state.switches[0]!.zoning[10]!.db.zones.find(({ name }) => name === 'z3')!.members = [];
    fabric.wait(1_000);
    expect(fabric.admin('show zone name z3 active')).toContain(TARGET(2));
  });

  test('of what is in effect already changes nothing', () => {
    const { admin } = zoned();
    expect(admin('conf t', 'zoneset activate name zs vsan 10')).toContain(
      'Specified zoneset already active and unchanged',
    );
    expect(status(admin)).toContain('Activation completed');
  });

  test('of a zone set that is not there is refused', () => {
    expect(zoned().admin('conf t', 'zoneset activate name other vsan 10')).toContain('Zoneset not present');
  });

  test('asks when zones have no members; only yes goes on', () => {
    const { admin, wait } = zoned();
    admin('conf t', 'zone name empty vsan 10', 'zoneset name zs vsan 10', 'member empty');
    const question = `WARNING: The following zones do not have members:
  empty
Do you want to continue? (y/n) [n] `;
    for (const answer of ['n', '', 'maybe']) {
      expect(admin('zoneset activate name zs vsan 10')).toBe(question);
      expect(admin(answer)).toBe('');
      expect(status(admin)).toContain('Activation completed');
    }
    admin('zoneset activate name zs vsan 10');
    expect(admin('y')).toBe('Zoneset activation initiated. check zone status');
    wait(1_000);
    expect(admin('show zoneset active vsan 10')).toContain('zone name empty');
  });

  test('does not ask after terminal dont-ask', () => {
    const { admin } = zoned();
    admin('conf t', 'zone name empty vsan 10', 'zoneset name zs vsan 10', 'member empty', 'terminal dont-ask');
    expect(admin('zoneset activate name zs vsan 10')).toContain('Zoneset activation initiated');
  });

  test('that fails leaves what is in effect, and the full database changed', () => {
    const fabric = zoned();
    fabric.state.faults.push({ kind: 'reject-activation', how: 'failed', reason: 'Fabric changing' });
    addZone(fabric.admin, 'z3');
    const before = fabric.admin('show zoneset active vsan 10');
    expect(fabric.admin('zoneset activate name zs vsan 10')).toContain('initiated');
    fabric.wait(1_000);
    expect(status(fabric.admin)).toContain('Operation failed: Activation failed [Error: Fabric changing]');
    expect(fabric.admin('show zoneset active vsan 10')).toBe(before);
    expect(fabric.admin('show zone name z3')).toContain(TARGET(2));
    fabric.admin('zoneset activate name zs vsan 10');
    fabric.wait(1_000);
    expect(status(fabric.admin)).toContain('Activation completed');
  });

  test('may be refused at once', () => {
    const fabric = zoned();
    fabric.state.faults.push({ kind: 'reject-activation', how: 'refused' });
    addZone(fabric.admin, 'z3');
    expect(fabric.admin('zoneset activate name zs vsan 10')).toBe(
      'Activation failed [Error: Unsuccessful reply Dom 2]',
    );
    expect(status(fabric.admin)).toContain('Activation completed');
  });
});

test('a deactivation takes the active set away', () => {
  const { admin, wait } = zoned();
  expect(admin('conf t', 'no zoneset activate name other vsan 10')).toContain('Zoneset not present');
  expect(admin('no zoneset activate name zs vsan 10')).toBe('Zoneset deactivation initiated. check zone status');
  wait(1_000);
  expect(admin('show zoneset active vsan 10')).toBe('Zoneset not present');
  expect(status(admin)).toContain('Deactivation completed at');
});

describe('the full databases of two switches', () => {
  const other = (fabric: Fabric) => fabric.open({ on: 'mds-2' });

  test('differ: an activation carries only the active set', () => {
    expect(other(zoned())('show zone vsan 10')).toBe('Zone not present');
  });

  test('an activation from the switch with an old one removes zones on the whole fabric', () => {
    const fabric = zoned();
    const second = other(fabric);
    second('conf t', 'zone name old vsan 10', `member pwwn ${HOST(1)}`, 'zoneset name zs vsan 10', 'member old');
    second('zoneset activate name zs vsan 10');
    fabric.wait(1_000);
    expect(fabric.admin('show zone active vsan 10 | include name')).toBe('zone name old vsan 10');
  });

  test('are level after the active set was copied into the full one, which asks first', () => {
    const fabric = zoned();
    const second = other(fabric);
    expect(second('zone copy active-zoneset full-zoneset vsan 10')).toBe(
      'WARNING: This command may overwrite common zones in the full zoneset.\nDo you want to continue? (y/n) [n] ',
    );
    second('y');
    expect(second('show zone vsan 10')).toBe(fabric.admin('show zone vsan 10'));
    expect(second('show zoneset brief vsan 10')).toBe(fabric.admin('show zoneset brief vsan 10'));
  });

  test('go along with an activation where full distribution is on, or by themselves once', () => {
    const fabric = zoned();
    addZone(fabric.admin, 'z3');
    fabric.admin('zoneset distribute full vsan 10', 'zoneset activate name zs vsan 10', 'end');
    fabric.wait(1_000);
    expect(other(fabric)('show zone name z3')).toContain(TARGET(2));
    expect(fabric.admin('show zone status vsan 10 | include VSAN')).toContain('distribute: full');
    fabric.admin('conf t', 'no zoneset distribute full vsan 10', 'zone name z4 vsan 10', 'end');
    expect(fabric.admin('zoneset distribute vsan 10')).toBe('Zoneset distribution initiated. check zone status');
    fabric.wait(1_000);
    expect(other(fabric)('show zone name z4')).toContain('zone name z4');
  });

  test('have a default zone each', () => {
    const fabric = zoned();
    expect(fabric.admin('conf t', 'no zone default-zone permit vsan 10')).toContain('No zone policy change');
    expect(fabric.admin('zone default-zone permit vsan 10', 'end')).toBe('');
    expect(fabric.admin('show zone status vsan 10')).toContain('default-zone: permit');
    expect(other(fabric)('show zone status vsan 10')).toContain('default-zone: deny');
  });
});

describe('changes of zones and zone sets', () => {
  test('members are added once and taken out by what they are', () => {
    const { admin } = zoned();
    admin('conf t', 'zone name z1 vsan 10');
    expect(admin(`member pwwn ${HOST(1)}`)).toBe('Duplicate member');
    expect(admin(`no member pwwn ${HOST(1)}`)).toBe('');
    expect(admin(`no member pwwn ${HOST(1)}`)).toBe('Member non existing');
    expect(admin('member fcalias nothing')).toBe('Alias not present');
    expect(admin('member device-alias nothing')).toBe('Device Alias not present');
    expect(admin(`member pwwn ${HOST(2)} target`)).toBe('Smart zoning is not enabled');
  });

  test('zones of a zone set must be there; a deleted zone leaves its zone sets', () => {
    const { admin } = zoned();
    admin('conf t', 'zoneset name zs vsan 10');
    expect(admin('member nothing')).toBe('Zone name non existing');
    expect(admin('member z1')).toBe('Duplicate member');
    expect(admin('no zone name z1 vsan 10')).toBe('');
    expect(admin('no zone name z1 vsan 10')).toBe('Zone name non existing');
    expect(admin('show zoneset brief vsan 10')).toBe('zoneset name zs vsan 10\n  zone z2');
    expect(admin('show zone name z1 active')).toContain('zone name z1');
  });

  test('zones and zone sets are renamed, zone sets cloned and deleted', () => {
    const { admin } = zoned();
    admin('conf t');
    expect(admin('zone rename z1 z2 vsan 10')).toBe('Zone name already in use');
    expect(admin('zone rename z9 z8 vsan 10')).toBe('Zone name non existing');
    expect(admin('zone rename z1 first vsan 10', 'zoneset clone zs copy vsan 10')).toBe('');
    expect(admin('zoneset clone zs copy vsan 10')).toBe('Zoneset name already in use');
    expect(admin('show zoneset brief vsan 10')).toContain('zoneset name copy vsan 10\n  zone first\n  zone z2');
    expect(admin('no zoneset name copy vsan 10', 'zoneset rename zs prod vsan 10')).toBe('');
    expect(admin('show zoneset brief vsan 10')).toContain('zoneset name prod vsan 10');
    expect(admin('no zoneset name copy vsan 10')).toBe('Zoneset name non existing');
  });

  test('an FC alias in use is not deleted', () => {
    const { admin } = zoned();
    admin('conf t', 'fcalias name a vsan 10', `member pwwn ${HOST(1)}`, 'zone name z2 vsan 10', 'member fcalias a');
    expect(admin('no fcalias name a vsan 10')).toBe('Fcalias name already in use');
    admin('zone name z2 vsan 10', 'no member fcalias a');
    expect(admin('no fcalias name a vsan 10')).toBe('');
    expect(admin('no fcalias name a vsan 10')).toBe('Fcalias name non existing');
  });

  test('a VSAN that is not there is said', () => {
    expect(zoned().admin('conf t', 'zone name z1 vsan 77')).toContain('VSAN 77 is not configured');
  });

  test('clear zone database empties the full one of this switch', () => {
    const { admin } = zoned();
    admin('clear zone database vsan 10');
    expect(admin('show zone vsan 10')).toBe('Zone not present');
    expect(admin('show zoneset active vsan 10')).toContain('zone name z1');
  });

  test('smart zoning is switched on, then roles are taken', () => {
    const { admin, wait } = zoned();
    expect(admin('conf t', 'zone smart-zoning enable vsan 10')).toContain(
      'Smart Zoning distribution initiated. check zone status',
    );
    wait(1_000);
    expect(admin('zone smart-zoning enable vsan 10')).toBe('Smart-zoning is already enabled');
    expect(admin('zone name z9 vsan 10', `member pwwn ${HOST(1)} init`, `member pwwn ${TARGET(1)} both`)).toBe('');
    expect(admin('show zone name z9')).toContain(`pwwn ${TARGET(1)} both`);
    expect(status(admin)).toContain('Set Smart Zoning Policy complete at');
  });
});

test('what the database has no room for is refused and leaves no trace', () => {
  const fabric = zoned();
  fabric.admin('show clock');
  const { db } = fabric.state.switches[0]!.zoning[10]!;
  const used = dbBytes(db) + activeBytes(fabric.state.vsans.find(({ id }) => id === 10)!.active);
  Object.assign(fabric.state.settings, { databaseBytesMax: used + 40 });
  expect(fabric.admin('conf t', 'zone name z3 vsan 10')).not.toContain('exceeded');
  const before = fabric.admin('show zone vsan 10');
  expect(fabric.admin('member pwwn 21:00:00:e0:8b:00:00:01')).toBe('Zone database size limit exceeded');
  expect(fabric.admin('show zone vsan 10')).toBe(before);
  expect(fabric.admin('no zone name z1 vsan 10')).toBe('');
});
