/**
 * The connection is cut at one command of a delta after the other, before it is run or before its answer: the same delta again
 * does what is left of it, and nobody else's zoning changes. Every third command; with COPRHD_TESTS=all every one, and also
 * those by which an activation that was rejected is taken back.
 */
import { beforeAll, expect, test } from 'vitest';
import { hostWwpn, targetWwpn } from '../../../drivers/simulator/fos/state/build.ts';
import { CERTAINLY_NOT_DONE, DriverError } from '../../../src/engine/driver/errors.ts';
import type { ZoneDelta } from '../../../src/engine/driver/network-contract.ts';
import { EVERYTHING } from '../../long-only.ts';
import { makeTls, type TestTls } from '../simulator/fos/support.ts';
import { callContext, type Scheme, startSwitch } from './network-target.ts';

let tls: TestTls;
beforeAll(() => {
  tls = makeTls();
});

const [HOST, TARGET] = [hostWwpn(128, 0), targetWwpn(128, 0)];
const ZONING = {
  zones: { theirs: [HOST, '1,4'], old: [HOST], changes: [HOST] },
  cfgs: { prod: ['theirs', 'old', 'changes'] },
};
const member = (wwpn: string) => ({ type: 'wwpn' as const, wwpn });
const CHANGES = {
  addAliases: [{ name: 'coprhd_a', members: [member(TARGET)] }],
  add: [{ name: 'coprhd_z', members: [member(HOST), { type: 'alias' as const, alias: 'coprhd_a' }] }],
  change: [{ name: 'changes', from: [member(HOST)], to: [member(TARGET)] }],
  remove: [{ name: 'old', members: [member(HOST)] }],
};
const AFTER = {
  zones: ['changes', 'coprhd_z', 'theirs'],
  theirs: { kind: 'standard', principals: [], members: [HOST, '1,4'] },
};
/** More than the delta takes. */
const COMMANDS_MAX = 48;

interface Cut {
  /** The command is run, and its answer is lost. */
  readonly after: boolean;
  /** The fabric rejects the activation, so that the cut also comes while everything is taken back. */
  readonly rejects: boolean;
}

type Classes = 'done' | DriverError['class'];

/** How the delta that is cut ends, and whether the cut came. */
async function cutAt(
  scheme: Scheme,
  command: number,
  { after, rejects }: Cut,
): Promise<{ ended: Classes; came: boolean }> {
  const options = { zoning: ZONING, effective: 'prod' };
  const { simulator, connect, fabric } = await startSwitch({ scheme, firmware: 'v9.1.1b', tls }, options);
  const network = await connect();
  try {
    const { fingerprint: base } = await network.readZoning(callContext(), fabric);
    const delta: ZoneDelta = {
      ...{ fabric, base, owner: 'coprhd', configuration: 'prod', activate: true, activatePending: false },
      ...{ removeAliases: [], ...CHANGES },
    };
    /** A zone of ours that was taken out of its configuration and put back stands at its end. */
    const zoning = () => {
      const [{ defined, effective, transactions } = never()] = simulator.state().fabrics;
      const { zones, aliases, cfgs } = defined;
      return { zones, aliases, prod: [...cfgs.get('prod')!].sort(), effective, transactions };
    };
    const untouched = zoning();
    const before = simulator.commands().length;
    simulator.faults.add({ fault: 'drop-session', command, after });
    if (rejects) simulator.faults.add({ fault: 'reject-activation' });
    const ended = await network.applyZoneDelta(callContext(), delta).then(
      () => 'done' as const,
      (error: unknown) => {
        if (error instanceof DriverError) return error.class;
        throw error;
      },
    );
    simulator.faults.clear();
    const came = simulator.commands().filter(({ text }) => text !== 'y').length - before >= command;
    if (ended !== 'done' && CERTAINLY_NOT_DONE.has(ended)) {
      expect(zoning(), `${ended} at command ${command}`).toEqual(untouched);
    }
    const { zones } = await network.applyZoneDelta(callContext(), delta);
    expect(zones.map(({ name }) => name)).toEqual(['coprhd_z', 'changes']);
    const [{ defined, effective, transactions } = never()] = simulator.state().fabrics;
    for (const held of [defined.zones, effective!.zones]) {
      expect([[...held.keys()].sort(), held.get('theirs')]).toEqual([AFTER.zones, AFTER.theirs]);
    }
    expect([defined.cfgs.get('prod'), transactions]).toEqual([['theirs', 'changes', 'coprhd_z'], []]);
    return { ended, came };
  } finally {
    await network.close();
    expect(simulator.state().restSessions).toEqual([]);
    await simulator.close();
  }
}

function never(): never {
  throw new Error('no fabric');
}

const BEFORE_IT = { after: false, rejects: false };
const AFTER_IT = { after: true, rejects: false };

const CASES: readonly (readonly [Scheme, string, Cut])[] = [
  ['ssh', 'before it is run', BEFORE_IT],
  ['ssh', 'before its answer', AFTER_IT],
  ['ssh', 'before it is run, and the activation rejected', { ...BEFORE_IT, rejects: true }],
  ['ssh', 'before its answer, and the activation rejected', { ...AFTER_IT, rejects: true }],
  ['https', 'before it is run', BEFORE_IT],
  ['https', 'before its answer', AFTER_IT],
  ['https', 'before it is run, and the activation rejected', { ...BEFORE_IT, rejects: true }],
  ['https', 'before its answer, and the activation rejected', { ...AFTER_IT, rejects: true }],
];

test.each(CASES.filter(([, , { rejects }]) => EVERYTHING || !rejects))(
  'over %s, a command cut off %s: the same delta again is done, and nothing else',
  async (scheme, _when, cut) => {
    const ends: Classes[] = [];
    for (let command = EVERYTHING ? 1 : cut.after ? 2 : 1; command <= COMMANDS_MAX; command += EVERYTHING ? 1 : 3) {
      const { ended, came } = await cutAt(scheme, command, cut);
      if (!came) break;
      ends.push(ended);
      expect(
        ['done', 'transient', 'ambiguous', 'busy', ...(cut.rejects ? ['conflict'] : [])],
        `command ${command}`,
      ).toContain(ended);
    }
    expect(ends.length).toBeGreaterThan(EVERYTHING ? 24 : 8);
    expect(ends).toContain('ambiguous');
  },
);
