/** Paths that somebody names: what the rules let pass, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { exactPaths } from '../../../src/engine/paths/exact.ts';
import { initiator, network, pair, port, request, shown } from './support.ts';

const second = { network: network(2) };
/** Two fabrics, two directors, each with two ports in each fabric; four paths. */
const asked = request({
  initiators: [initiator(1), initiator(2, second)],
  ports: [
    port(1, { haDomain: 'A' }),
    port(2, { haDomain: 'B' }),
    port(3, { haDomain: 'A', ...second }),
    port(4, { haDomain: 'B', ...second }),
    port(5, { haDomain: 'A' }),
    port(6, { haDomain: 'B' }),
    port(7, { haDomain: 'B', ...second }),
  ],
  existing: [pair(1, 1), pair(1, 2), pair(2, 3), pair(2, 4)],
  rules: { min: 2, max: 4, perInitiator: 2 },
  networkNames: { [network(1)]: 'net-a', [network(2)]: 'net-b' },
});
const refused = (of: Parameters<typeof exactPaths>[0], ...more: [Parameters<typeof exactPaths>[1]]): string => {
  const result = exactPaths(of, ...more);
  if (result.ok) throw new Error('not refused');
  return result.why;
};

it('adds what is not there, and removes what is', () => {
  const result = exactPaths(asked, {
    add: [pair(1, 5), pair(1, 5), pair(2, 3)],
    remove: [pair(1, 1), pair(1, 6)],
  });
  expect(result.ok && [shown(result.add), shown(result.remove)]).toEqual([['1>5'], ['1>1']]);
  expect(exactPaths(asked, { add: [pair(1, 1)], remove: [pair(1, 5)] })).toEqual({ ok: true, add: [], remove: [] });
});

describe('is refused', () => {
  it('where there can be no such path', () => {
    expect(refused(asked, { add: [pair(1, 9)], remove: [] })).toContain('the port is not up');
    expect(refused(asked, { add: [pair(9, 1)], remove: [] })).toContain('the initiator is in no Fibre Channel network');
    expect(refused(asked, { add: [pair(1, 3)], remove: [] })).toBe(
      '10:00:00:00:00:00:00:01 -> port-003: the initiator is in net-a and the port in net-b',
    );
    expect(refused(asked, { add: [pair(1, 1)], remove: [pair(1, 1)] })).toContain('both to be there and to go');
  });

  it('where the port is reached by routing only, which is said', () => {
    const routed = new Map([[network(1), new Set([network(2)])]]);
    expect(refused({ ...asked, routed }, { add: [pair(1, 3)], remove: [] })).toContain(
      'the port in net-b; these fabrics are routed to each other, and zones across routed fabrics are not made',
    );
  });

  it('over the maximum, of all paths or of one initiator', () => {
    expect(refused(asked, { add: [pair(1, 5)], remove: [] })).toContain('5 paths, and may have 4 at most');
    expect(refused(asked, { add: [pair(1, 5)], remove: [pair(2, 4)] })).toContain('an initiator would have 3 paths');
  });

  it('under the minimum of paths that can be used', () => {
    const down = { ...asked, ports: asked.ports.filter(({ name }) => !['port-003', 'port-004'].includes(name)) };
    expect(refused(down, { add: [], remove: [pair(1, 1)] })).toContain('1 path that can be used would be left');
    // What can't be used keeps nobody.
    const gone = exactPaths(down, { add: [pair(2, 7)], remove: [pair(2, 4)] });
    expect(gone.ok && shown(gone.remove)).toEqual(['2>4']);
  });

  it('where all paths come to one HA domain or go through one network, and others are there', () => {
    const two = { ...asked, existing: [pair(1, 1), pair(2, 4)], rules: { min: 1, max: 2, perInitiator: 2 } };
    expect(refused(two, { add: [pair(1, 2)], remove: [pair(1, 1)] })).toContain('come to 1 HA domain');
    expect(refused(two, { add: [pair(1, 2)], remove: [pair(2, 4)] })).toContain('all go through one network');
  });

  it('where the next plan would give back what was taken', () => {
    expect(refused(asked, { add: [], remove: [pair(1, 1)] })).toMatch(
      /3 paths, and the next plan would add .* -> port-00/,
    );
  });
});
