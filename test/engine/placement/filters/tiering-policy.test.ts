import { expect, test } from 'vitest';
import { tieringPolicyFilter } from '../../../../src/engine/placement/filters/tiering-policy.ts';
import { inputOf } from '../support.ts';

const POLICIES = [
  { name: 'gold', provisioning: ['thin' as const] },
  { name: 'silver', provisioning: ['thin' as const, 'thick' as const] },
];

const check = (tieringPolicy: string | undefined, provisioning: 'thin' | 'thick', tieringPolicies = POLICIES) =>
  tieringPolicyFilter.check(
    inputOf(
      { attributes: { tieringPolicies } },
      { provisioning, ...(tieringPolicy === undefined ? {} : { tieringPolicy }) },
    ),
  );

test('the policy is one of the pool, for volumes of this provisioning', () => {
  expect(check('gold', 'thin')).toBeUndefined();
  expect(check('silver', 'thick')).toBeUndefined();
  expect(check('gold', 'thick')).toMatchObject({ needed: 'gold', had: 'gold for thin volumes' });
});

test('a refusal names the policies that there are', () => {
  expect(check('bronze', 'thin')).toMatchObject({ needed: 'bronze', had: 'gold, silver' });
  expect(check('bronze', 'thin', [])).toMatchObject({ had: 'none' });
});

test('who asks for none goes anywhere', () => {
  expect(check(undefined, 'thick')).toBeUndefined();
  expect(check(undefined, 'thin', [])).toBeUndefined();
});
