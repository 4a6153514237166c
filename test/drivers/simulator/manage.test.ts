import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../../drivers/simulator/index.ts';
import { simBreak, simEdit, simFault, simList, simReset, simShow, simUp } from '../../../drivers/simulator/manage.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext, temporaryDirectory } from './target.ts';

const GIB = 1024 ** 3;

let directory: string;
let remove: () => void;
beforeEach(() => {
  ({ directory, remove } = temporaryDirectory());
});
afterEach(() => remove());

const connect = (array: string) =>
  manifest.connect({ configuration: { directory, array }, session: { type: 'none', close: async () => {} } });

describe('up', () => {
  test('makes two arrays with an ssd and an hdd pool and two paths in each of two networks and two fabrics', async () => {
    const { arrays } = await simUp({ directory });
    expect(arrays.map(({ name, pools }) => [name, pools])).toEqual([
      ['sim-1', ['fast', 'bulk']],
      ['sim-2', ['fast', 'bulk']],
    ]);
    expect(simList({ directory })).toEqual({ arrays: ['sim-1', 'sim-2'] });
    const shown = await simShow({ directory, array: 'sim-2' });
    const ip = shown.ports.filter(({ transport }) => transport === 'ip');
    expect(ip.map(({ address, haDomain }) => `${haDomain} ${address}`)).toEqual([
      'SP-A 10.0.1.12:3260',
      'SP-A 10.0.2.12:3260',
      'SP-B 10.0.1.13:3260',
      'SP-B 10.0.2.13:3260',
    ]);
    const fc = shown.ports.filter(({ transport }) => transport === 'fc');
    expect(fc.map(({ nativeId, haDomain }) => `${haDomain} ${nativeId}`)).toEqual([
      'SP-A FC-A1',
      'SP-A FC-A2',
      'SP-B FC-B1',
      'SP-B FC-B2',
    ]);
    expect(shown.pools.map(({ name, driveType, provisioning }) => [name, driveType, provisioning])).toEqual([
      ['bulk', 'hdd', ['thin', 'thick']],
      ['fast', 'ssd', ['thin', 'thick']],
    ]);
    expect(manifest.configuration.parse(arrays[0]!.configuration)).toEqual({ directory, array: 'sim-1' });
  });

  test('refuses to overwrite, and makes none of the others then', async () => {
    await simUp({ directory, generate: { arrays: 1 } });
    const before = JSON.stringify(await simShow({ directory, array: 'sim-1' }));
    await expect(simUp({ directory, generate: { arrays: 3 } })).rejects.toMatchObject({ class: 'exists' });
    expect(readdirSync(directory)).toEqual(['.san', 'sim-1']);
    expect(JSON.stringify(await simShow({ directory, array: 'sim-1' }))).toBe(before);
  });

  test('every generated array has its own serial number and addresses', async () => {
    const { arrays } = await simUp({ directory, generate: { arrays: 150, pools: 3 } });
    const addresses = arrays.flatMap(({ ports }) => ports);
    expect(new Set(addresses).size).toBe(150 * 8);
    expect(arrays[149]!.pools).toEqual(['fast', 'bulk', 'fast-2']);
    const serials = await Promise.all(arrays.map(({ name: array }) => simShow({ directory, array })));
    expect(new Set(serials.map(({ identity }) => identity.serialNumber)).size).toBe(150);
  });

  test('takes a topology, and names what is wrong with one', async () => {
    const array = { name: 'mine', pools: [{ name: 'p', totalBytes: GIB }], ports: [] };
    await simUp({ directory, arrays: [array] });
    await expect(simUp({ directory, arrays: [array, array] })).rejects.toThrow(/two arrays/);
    await expect(simUp({ directory, arrays: [{ ...array, name: 'b', pools: [] }] })).rejects.toThrow(/arrays.0.pools/);
    await expect(simUp({ directory, arrays: [{ ...array, name: '../b' }] })).rejects.toMatchObject({
      class: 'invalid',
    });
  });
});

test('a plain file beside the arrays is none of them', async () => {
  await simUp({ directory });
  writeFileSync(path.join(directory, 'notes.txt'), 'mine');
  expect(simList({ directory })).toEqual({ arrays: ['sim-1', 'sim-2'] });
});

describe('edits and faults from another process', () => {
  beforeEach(() => simUp({ directory, generate: { arrays: 1 } }));
  const target = () => ({ directory, array: 'sim-1' });

  test('a fault set here is met by the driver there, and the list shows it', async () => {
    const array = await connect('sim-1');
    const { faults } = await simFault({ ...target(), add: { operation: 'identify', before: 'auth' } });
    expect(faults).toEqual([{ id: 1, operation: 'identify', before: 'auth' }]);
    await expect(array.identify(callContext(systemClock))).rejects.toMatchObject({ class: 'auth' });
    expect(await simFault({ ...target(), clear: 'all' })).toEqual({ faults: [], cleared: 1 });
    expect((await array.identify(callContext(systemClock))).supported).toBe(true);
  });

  test('an unknown operation or class of a fault is named', async () => {
    const add = { operation: 'identfy', before: 'auth' as const };
    await expect(simFault({ ...target(), add })).rejects.toMatchObject({ class: 'invalid' });
  });

  test('a foreign volume and mask made by hand are what the driver sees', async () => {
    const pool = { pool: 'fast', sizeBytes: GIB };
    const { nativeId } = await simEdit({ ...target(), edit: { edit: 'add-volume', name: 'old-db', ...pool } });
    const initiators = ['iqn.2026-01.io.test:old'];
    const mappings = [{ volume: 'old-db', hlu: 4 }];
    await simEdit({ ...target(), edit: { edit: 'add-mask', name: 'old-host', initiators, mappings } });
    const array = await connect('sim-1');
    const { items } = await array.listMasks(callContext(systemClock));
    expect(items).toMatchObject([{ name: 'old-host', initiators, mappings: [{ hlu: 4, volume: nativeId }] }]);
    expect(items[0]!.mark).toBeUndefined();
    expect(items[0]!.ports).toHaveLength(4);
    await simEdit({ ...target(), edit: { edit: 'delete-volume', volume: 'old-db' } });
    expect((await array.listMasks(callContext(systemClock))).items[0]!.mappings).toEqual([]);
  });

  test('an edit of what is not there is not found', async () => {
    const edit = { edit: 'delete-volume' as const, volume: 'nothing' };
    await expect(simEdit({ ...target(), edit })).rejects.toMatchObject({ class: 'not-found' });
    await expect(simShow({ directory, array: 'sim-9' })).rejects.toMatchObject({ class: 'not-found' });
  });

  test('a reset of the directory brings every array back', async () => {
    const before = JSON.stringify(await simShow(target()));
    await simEdit({ ...target(), edit: { edit: 'add-volume', name: 'x', pool: 'fast', sizeBytes: GIB } });
    await simEdit({ ...target(), edit: { edit: 'port', port: 'SP-A1', status: 'down' } });
    expect(JSON.stringify(await simShow(target()))).not.toBe(before);
    expect(await simReset({ directory })).toEqual({ arrays: ['sim-1'] });
    expect(JSON.stringify(await simShow(target()))).toBe(before);
  });
});

describe('what is misspelled', () => {
  test.each([
    { what: 'an array of a fault', run: () => simFault({ directory, array: 'sim-l' }), near: 'sim-1' },
    { what: 'a fabric of a fault', run: () => simFault({ directory, array: 'fabrik-a' }), near: 'fabric-a' },
    { what: 'a physical fault', run: () => simFault({ directory, array: 'pul-cable' }), near: 'pull-cable' },
    {
      what: 'an operation',
      run: () => simFault({ directory, array: 'sim-1', add: { operation: 'ensureVolum', after: true } as never }),
      near: 'ensureVolume',
    },
    {
      what: 'a class',
      run: () => simFault({ directory, array: 'sim-1', add: { operation: '*', before: 'bussy' } as never }),
      near: 'busy',
    },
    {
      what: 'a key of a fault',
      run: () => simFault({ directory, array: 'sim-1', add: { operation: '*', aftr: true } as never }),
      near: 'after',
    },
    {
      what: 'a switch',
      run: () => simBreak({ directory, fault: { fault: 'switch-down', switch: 'fabric-a-sw2' } }),
      near: 'fabric-a-sw1',
    },
    {
      what: 'a host',
      run: () => simBreak({ directory, fault: { fault: 'host-off', host: 'host-l' } }),
      near: 'host-1',
    },
    {
      what: 'a cable',
      run: () => simBreak({ directory, fault: { fault: 'pull-cable', cable: 'sim-1:FC-A9' } }),
      near: 'sim-1:FC-A1',
    },
    {
      what: 'an edit',
      run: () => simEdit({ directory, array: 'sim-1', edit: { edit: 'renam-volume' } as never }),
      near: 'rename-volume',
    },
    {
      what: 'a value of an edit',
      run: () => simEdit({ directory, array: 'sim-1', edit: { edit: 'delete-volume', volme: 'x' } as never }),
      near: 'volume',
    },
    {
      what: 'the target of an edit',
      run: () => simEdit({ directory, array: 'host-11', edit: { edit: 'replace-hba', hba: 'hba0' } }),
      near: 'host-1',
    },
  ])('$what gets the nearest right name', async ({ run, near }) => {
    await simUp({ directory });
    await expect(run()).rejects.toMatchObject({ hint: `did you mean ${near}?` });
  });

  test('and is nothing like anything there, says how to see what there is', async () => {
    await simUp({ directory });
    await expect(simFault({ directory, array: 'something-else' })).rejects.toMatchObject({
      class: 'not-found',
      hint: 'see what there is: coprhd sim show',
    });
  });
});
