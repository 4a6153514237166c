import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normaliseIp } from '../../../src/engine/model/ip.ts';

/** As the URL standard writes it, which is RFC 5952 too. */
const byUrl = (address: string): string => new URL(`http://[${address}]/`).hostname.slice(1, -1);

it('an IPv6 address has one spelling, whatever is left out of it', () => {
  const group = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), (groups, upper) => {
      const long = groups.map((each) => each.toString(16).padStart(4, '0')).join(':');
      const given = upper ? long.toUpperCase() : long;
      const found = normaliseIp(given)!;
      expect(isIPv6(found)).toBe(true);
      expect(found).toBe(byUrl(long));
      expect(normaliseIp(found)).toBe(found);
    }),
  );
});

it('an IPv4 address has no zeros before its numbers, and what is none has no spelling', () => {
  expect(['010.1.02.3', '10.1.2.3', '::', '::1', '1::'].map(normaliseIp)).toEqual([
    '10.1.2.3',
    '10.1.2.3',
    '::',
    '::1',
    '1::',
  ]);
  for (const text of ['', '10.1.2', '10.1.2.256', '1:2', '1::2::3', 'g::', '10.1.2.3/24', '1:2:3:4:5:6:7:8:9'])
    expect([text, normaliseIp(text)]).toEqual([text, undefined]);
});
