import { expect, it } from 'vitest';
import { pathsFilter } from '../../../../src/engine/placement/filters/paths.ts';
import type { Candidate } from '../../../../src/engine/placement/request.ts';
import { inputOf } from '../support.ts';

const check = (ports: NonNullable<Candidate['ports']>, pathsMax: number, protocols = ['iscsi']) =>
  pathsFilter.check(inputOf({ ports }, { pathsMax, protocols }));

it('wants a usable port a path, and two HA domains for two paths or more', () => {
  expect(check({ iscsi: { usable: 4, haDomains: 2 } }, 4)).toBeUndefined();
  expect(check({ iscsi: { usable: 1, haDomains: 1 } }, 1)).toBeUndefined();
  expect(check({ iscsi: { usable: 3, haDomains: 2 } }, 4)).toEqual({
    fact: 'usable iscsi ports',
    needed: '4',
    had: '3',
    shortfall: 0.25,
  });
  expect(check({ iscsi: { usable: 4, haDomains: 1 } }, 2)).toMatchObject({
    fact: 'HA domains of iscsi ports',
    had: '1',
  });
});

it('wants them of every protocol asked for', () => {
  const ports = { iscsi: { usable: 2, haDomains: 2 } };
  expect(check(ports, 2, ['iscsi', 'fc'])).toMatchObject({ fact: 'usable fc ports', had: 'none', shortfall: 1 });
});

it('refuses nobody whose ports are not known, and nothing where paths are not asked for', () => {
  expect(pathsFilter.check(inputOf({}, { pathsMax: 8 }))).toBeUndefined();
  expect(pathsFilter.check(inputOf({ ports: {} }))).toBeUndefined();
});
