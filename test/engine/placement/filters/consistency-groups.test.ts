import { expect, it } from 'vitest';
import { consistencyGroupsFilter } from '../../../../src/engine/placement/filters/consistency-groups.ts';
import { inputOf } from '../support.ts';

it('a storage system without consistency groups, or that does not tell, is refused where they are asked for', () => {
  const asked = { multiVolumeConsistency: true };
  expect(consistencyGroupsFilter.check(inputOf({ consistencyGroups: true }, asked))).toBeUndefined();
  expect(consistencyGroupsFilter.check(inputOf({ consistencyGroups: false }, asked))).toMatchObject({ had: 'none' });
  expect(consistencyGroupsFilter.check(inputOf({}, asked))).toMatchObject({ had: 'not reported' });
  expect(consistencyGroupsFilter.check(inputOf({}, { multiVolumeConsistency: false }))).toBeUndefined();
});
