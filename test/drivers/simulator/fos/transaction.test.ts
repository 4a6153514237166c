/**
 * The rules of transactions: Fabric OS Administrator's Guide ("Zone configurations", "Concurrent zone transactions");
 * replies of cfgtransabort: ttrnecka/brocadesan (lib/brocadesan/provisioning.rb, MIT).
 */
import { describe, expect, test } from 'vitest';
import { continueLine, type LineContext, startLine } from '../../../../drivers/simulator/fos/cli/run.ts';
import { transactionOpened, zoneCreated } from '../../../../drivers/simulator/fos/hand.ts';
import { fabricOf, stateOf } from '../../../../drivers/simulator/fos/state/build.ts';
import { type FosState, needFabric, transactionAt } from '../../../../drivers/simulator/fos/state/model.ts';
import { checksumOf } from '../../../../drivers/simulator/fos/state/transaction.ts';
import { HOST_1, TARGET_1, zonedState } from './estate.ts';
import { after, context, NOW_MS, printed } from './support.ts';

const fabric = (state: FosState) => needFabric(state, 128);
const other: LineContext = { ...context(), actor: { ...context().actor, session: 's2', user: 'mate' } };
const who = { fid: 128, nowMs: NOW_MS };

/** The state after a line whose question is answered with yes. */
function confirmed(state: FosState, line: string, by = context()): { state: FosState; output: string } {
  const asked = startLine(state, line, by);
  if (!asked.waiting) throw new Error(`${line} asks nothing: ${asked.output}`);
  const done = continueLine(asked.state, asked.waiting.rest, 'y', by);
  return { state: done.state, output: done.output };
}

describe('saving and enabling', () => {
  test('cfgsave saves, and what is in effect stays', () => {
    const { state } = confirmed(after(zonedState(), 'zonedelete "z_later"', 'cfgremove "prod","z1"'), 'cfgsave');
    expect(fabric(state).defined.zones.has('z_later')).toBe(false);
    expect(fabric(state).effective?.zones.has('z1')).toBe(true);
    expect(transactionAt(fabric(state))).toBeUndefined();
  });

  test('cfgenable saves and enables at once, with everything that anybody saved', () => {
    const saved = confirmed(after(zonedState(), 'cfgadd "prod","z_later"'), 'cfgsave').state;
    expect(fabric(saved).effective?.zones.has('z_later')).toBe(false);
    const { state, output } = confirmed(after(saved, 'cfgadd "prod","peer"'), 'cfgenable "prod"');
    expect([...fabric(state).effective!.zones.keys()]).toEqual(['host_1_to_array_ports', 'peer', 'z1', 'z_later']);
    expect(output).toBe(
      [
        'sw0 Updating flash ...',
        '2026/05/13-01:15:39, [ZONE-1022], 5, FID 128, INFO, fab_sw1, The effective configuration has changed to prod.',
        'zone config "prod" is in effect',
        'Updating flash ...',
        '',
      ].join('\n'),
    );
  });

  test('a save that makes defined and effective differ is in the log as such', () => {
    const { state, output } = confirmed(after(zonedState(), 'cfgremove "prod","z1"'), 'cfgsave');
    expect(output).toContain('[ZONE-1024], 2, FID 128, INFO, fab_sw1, cfgSave completes successfully.');
    expect(output).toContain(
      '[ZONE-1062], 3, FID 128, WARNING, fab_sw1, Defined and Effective zone configurations are',
    );
    expect(printed(state, 'errdump')).toContain('[ZONE-1062]');
  });

  test('nothing changed is nothing saved, and ends the transaction', () => {
    const state = after(zonedState(), 'zonecreate "z","a1"', 'zonedelete "z"');
    const done = confirmed(state, 'cfgsave');
    expect(done.output).toBe('Nothing changed: nothing to save, returning ...\n');
    expect(transactionAt(fabric(done.state))).toBeUndefined();
    expect(done.state.commits).toBe(0);
  });

  test('cfgdisable takes out what is in effect, and needs something in effect', () => {
    const { state, output } = confirmed(zonedState(), 'cfgdisable');
    expect(fabric(state).effective).toBeUndefined();
    expect(output).toMatch(
      /Updating flash \.\.\.\nEffective configuration is empty\. "No Access" default zone mode is ON\.\n$/,
    );
    expect(printed(state, 'cfgdisable')).toBe('error: no configuration in effect\n');
  });

  test('cfgclear empties what a save would write', () => {
    const { state, output } = confirmed(zonedState(), 'cfgclear');
    expect(output).toBe('');
    expect(fabric(state).defined.zones.size).toBe(4);
    expect(fabric(confirmed(state, 'cfgsave').state).defined.zones.size).toBe(0);
  });

  test('the default zone is an edit too', () => {
    const { state } = confirmed(zonedState(), 'defzone --allaccess');
    expect(printed(state, 'defzone --show')).toContain('committed - No Access\n\ttransaction - All Access');
    expect(fabric(confirmed(state, 'cfgsave').state).defaultZone).toBe('all-access');
    expect(confirmed(zonedState(), 'defzone --noaccess').output).toBe(
      'defzone setting is same and nothing to update.\n',
    );
  });

  test('a database that is too large is not committed', () => {
    const state = after(zonedState({}, { databaseBytesMax: 300 }), `zonecreate "more","${HOST_1};${TARGET_1};a1"`);
    const { output, state: same } = confirmed(state, 'cfgsave');
    expect(output).toMatch(/^error: Commit zone DB larger than supported - \d+ greater than 300\n$/);
    expect(same).toBe(state);
  });
});

describe('one transaction', () => {
  test('is opened by the first edit and named by a token until it ends', () => {
    const open = after(zonedState(), 'zonedelete "peer"');
    const token = printed(open, 'cfgtransshow');
    expect(printed(after(open, 'zonedelete "z_later"'), 'cfgtransshow')).toBe(token);
    const ended = after(open, 'cfgtransabort');
    expect(printed(ended, 'cfgtransshow')).toBe('There is no outstanding zoning transaction\n');
    expect(printed(after(ended, 'zonedelete "peer"'), 'cfgtransshow')).not.toBe(token);
  });

  test('is shared by the sessions of the switch: one saves what another edited', () => {
    const open = after(zonedState(), 'zonedelete "z_later"');
    const edited = startLine(open, 'zonedelete "peer"', other).state;
    const { zones } = fabric(confirmed(edited, 'cfgsave', other).state).defined;
    expect([...zones.keys()].sort()).toEqual(['host_1_to_array_ports', 'z1']);
  });

  test('aborting drops the edits, and without one says so', () => {
    const open = after(zonedState(), 'zonedelete "z1"');
    expect(printed(after(open, 'cfgtransabort'), 'zoneshow z1')).toBe(' zone:\tz1\ta1; array_port_0\n');
    expect(printed(zonedState(), 'cfgtransabort')).toBe('There is no outstanding transaction\n');
  });

  test('one that is not abortable admits nobody else', () => {
    const held = transactionOpened(zonedState(), who, { user: 'mate', abortable: false });
    expect(printed(held, 'cfgtransshow')).toMatch(/\nIt is not abortable\n$/);
    expect(printed(held, 'cfgtransabort')).toBe('trans_abort: there is an outstanding  transaction\n');
    expect(printed(held, 'zonedelete "z1"')).toBe('trans_open: there is an outstanding  transaction\n');
    expect(printed(held, 'cfgsave -f')).toBe('trans_commit: there is an outstanding  transaction\n');
  });

  test('one that is open at another switch is warned of, and a commit here discards it silently', () => {
    const elsewhere = transactionOpened(zonedState(), who, { user: 'mate', domain: 2 });
    expect(printed(elsewhere, 'cfgtransshow')).toBe('There is no outstanding zoning transaction\n');
    expect(printed(elsewhere, 'cfgtransshow --opentrans')).toMatch(/\n2\n$/);
    const edited = startLine(elsewhere, 'zonedelete "peer"', context());
    expect(edited.output).toMatch(/^WARNING!!\nMultiple open transactions are pending in this fabric\./);
    const { state, output } = confirmed(edited.state, 'cfgsave');
    expect(fabric(state).transactions).toEqual([]);
    expect(output).not.toContain('discard');
  });
});

describe('what a colleague saves at another switch', () => {
  test('discards the transaction that is open here, without a word', () => {
    const open = after(zonedState(), 'zonedelete "peer"');
    const zone = { name: 'theirs', members: [HOST_1], configuration: 'prod', enable: true };
    const both = zoneCreated(open, who, zone);
    expect(printed(both, 'cfgtransshow')).toBe('There is no outstanding zoning transaction\n');
    expect(fabric(both).effective?.zones.has('theirs')).toBe(true);
    expect(fabric(both).defined.zones.has('peer')).toBe(true);
    expect(confirmed(both, 'cfgsave').output).toBe('Nothing changed: nothing to save, returning ...\n');
  });
});

test('the checksum follows what is committed, and not what is open', () => {
  const state = zonedState();
  const open = after(state, 'zonedelete "peer"');
  expect(checksumOf(fabric(open))).toBe(checksumOf(fabric(state)));
  const saved = confirmed(open, 'cfgsave').state;
  expect(checksumOf(fabric(saved))).not.toBe(checksumOf(fabric(state)));
  expect(checksumOf(fabric(confirmed(zonedState(), 'cfgenable "prod"').state))).toBe(checksumOf(fabric(state)));
});

test('fabrics of other FIDs are left alone', () => {
  const state = stateOf({ fabrics: [fabricOf(), fabricOf({ fid: 20, firstPort: 16 })] });
  const done = startLine(state, "fosexec --fid 20 -cmd \"alicreate 'a','10:00:00:00:00:00:00:01'\"", context()).state;
  expect(transactionAt(needFabric(done, 20))?.buffer.aliases.has('a')).toBe(true);
  expect(needFabric(done, 128)).toBe(needFabric(state, 128));
});
