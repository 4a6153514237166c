import { expect, it } from 'vitest';
import { systemVolumeCountFilter } from '../../../../src/engine/placement/filters/system-volume-count.ts';
import { volumeCountFilter } from '../../../../src/engine/placement/filters/volume-count.ts';
import { place } from '../../../../src/engine/placement/place.ts';
import { candidate, inputOf, pools, role, unit, units, urn } from '../support.ts';

const [MINE, THEIRS] = [urn('project', 1), urn('project', 2)];

it('a pool takes as many volumes as are left, those of this run counted; without a limit any number', () => {
  expect(volumeCountFilter.check(inputOf({ volumesLeft: 3 }, {}, { inPool: 2, onSystem: 9 }))).toBeUndefined();
  expect(volumeCountFilter.check(inputOf({ volumesLeft: 3 }, {}, { inPool: 3 }))).toMatchObject({
    fact: 'volumes in the pool',
    needed: '1 more',
    had: '0 more allowed',
  });
  expect(volumeCountFilter.check(inputOf({}, {}, { inPool: 1_000 }))).toBeUndefined();
});

it('so does a storage system, of all and of one project', () => {
  const check = (...of: Parameters<typeof inputOf>) => systemVolumeCountFilter.check(inputOf(...of))?.fact;
  expect(check({ systemVolumesLeft: 1 })).toBeUndefined();
  expect(check({ systemVolumesLeft: 1 }, {}, { onSystem: 1 })).toBe('volumes on the storage system');
  const left = { projectVolumesLeft: { [MINE]: 2 } };
  expect(check(left, { project: MINE }, { ofProject: 1, onSystem: 7 })).toBeUndefined();
  expect(check(left, { project: MINE }, { ofProject: 2 })).toBe('volumes of the project on the storage system');
  expect(check(left, { project: THEIRS }, { ofProject: 2 })).toBeUndefined();
  expect(check(left, {}, { ofProject: 2 })).toBeUndefined();
});

it('the counts hold over the pools of a system, and over the units of a request', () => {
  const onOne = [candidate(1, { systemVolumesLeft: 3 }), candidate(2, { systemVolumesLeft: 3 })];
  expect(pools(place(units(5), onOne))).toEqual(['native-1', 'native-2', 'native-1']);
  const left = { projectVolumesLeft: { [MINE]: 1 } };
  const other = { system: urn('storageSystem', 2), systemName: 'array-2', attributes: { freeBytes: 1 } };
  const request = {
    units: [MINE, MINE, THEIRS].map((project, n) =>
      unit(`v${n}`, role({ project, provisioning: 'thin', sizeBytes: 1 })),
    ),
  };
  const result = place(request, [candidate(1, left), candidate(2, { ...left, ...other, projectVolumesLeft: {} })]);
  expect(result.decisions.map(({ unit: id }) => id)).toEqual(['v0', 'v2']);
  expect(result.failures[0]!.rejections).toEqual([
    { filter: 'capacity', count: 1 },
    { filter: 'system-volume-count', count: 1 },
  ]);
});

it('different counts for pools of one system are a bug, not a choice', () => {
  const differing = [candidate(1, { systemVolumesLeft: 3 }), candidate(2, { systemVolumesLeft: 4 })];
  expect(() => place(units(1), differing)).toThrow('systemVolumesLeft differs between pool-1 and pool-2');
});
