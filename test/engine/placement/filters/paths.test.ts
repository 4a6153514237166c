import { expect, it } from 'vitest';
import { pathsFilter } from '../../../../src/engine/placement/filters/paths.ts';
import type { Candidate } from '../../../../src/engine/placement/request.ts';
import { inputOf } from '../support.ts';

const check = (ports: NonNullable<Candidate['ports']>, pathsMin: number, protocols = ['iscsi']) =>
  pathsFilter.check(inputOf({ ports }, { pathsMin, protocols }));

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

it('looks at those in networks of the virtual array, where some are not', () => {
  const ports = { iscsi: { usable: 4, haDomains: 2 } };
  const input = (virtualArray: string) => {
    const made = inputOf({ ports }, { pathsMin: 2, protocols: ['iscsi'] });
    const portsWithin = { [virtualArray]: { iscsi: { usable: 1, haDomains: 1 } } };
    return { ...made, candidate: { ...made.candidate, portsWithin } };
  };
  const { role } = inputOf({});
  expect(pathsFilter.check(input(role.virtualArray))).toMatchObject({ fact: 'usable iscsi ports', had: '1' });
  expect(pathsFilter.check(input('another'))).toBeUndefined();
});

it('refuses nobody whose ports are not known, and nothing where paths are not asked for', () => {
  expect(pathsFilter.check(inputOf({}, { pathsMin: 8 }))).toBeUndefined();
  expect(pathsFilter.check(inputOf({ ports: {} }))).toBeUndefined();
});
