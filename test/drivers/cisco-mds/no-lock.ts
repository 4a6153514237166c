/** What the network conformance suite asks of a lock, which basic mode doesn't have. */
import type { NetworkConformanceCase } from '../../../src/engine/driver/conformance/network-suite.ts';
import { SkippedCase } from '../../../src/engine/driver/conformance/target.ts';

/** The first two: there is no session for somebody to hold. */
export const NO_LOCK: readonly string[] = ['N43-transaction', 'N43-own-transaction', 'N17-race'];

/** With the reason for the third one, which has all its hooks. */
export const withoutLock = (cases: readonly NetworkConformanceCase[]): NetworkConformanceCase[] =>
  cases.map((each) => (each.id === 'N17-race' ? { ...each, run: skipRace } : each));

async function skipRace(): Promise<void> {
  throw new SkippedCase('nothing locks the fabric: each of two at once may notice the other, and take its edits back');
}
