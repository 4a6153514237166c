/**
 * Hosts as processes reach them to bring applications to rest: what the scripts of src/engine/driver/quiesce.ts do there, on virtual time. A keeper freezes,
 * waits to be asked, and thaws when it is, or when its time is over; it holds a lock meanwhile. Its files are in memory.
 */
import type { RunResult } from '../../../src/engine/driver/session.ts';
import type { HostFault, QuiesceOptions } from '../copy-options.ts';
import type { Rng } from '../core/rng.ts';
import type { World } from './world.ts';

/** How often the scripts look; the real ones do so twice as often. */
const POLL_MS = 100;
const AGAIN_MS = 500;
/** The keeper gives up a thaw after so many tries. Where the freeze has failed, too, that is said after a few. */
const TRIES_MAX = 1_200;
const TRIES_TO_SAY = 3;
/** So often a thaw is asked for, while the command fails, until that is said. */
const ASKS_MAX = 60;
const THAW_LIMIT_MS = 30_000;

const done = (stdout = ''): RunResult => ({ exitCode: 0, stdout, stderr: '' });
const failed = (exitCode: number, stderr: string): RunResult => ({ exitCode, stdout: '', stderr });

/** What of it may be frozen, since when; made anew for each keeper. */
export interface Frozen {
  readonly token: string;
  readonly sinceMs: number;
  /** Its thaw has failed since then: it is tried again, and may take long. */
  thawFails: boolean;
}

export class SimHost {
  readonly name: string;
  readonly #world: World;
  readonly #options: QuiesceOptions;
  readonly #rng: Rng;
  readonly #files = new Map<string, string>();
  #isLocked = false;
  unavailableUntilMs = 0;
  /** Some of it, at least. */
  frozen: Frozen | undefined;
  /** All of it is at rest. */
  isAtRest = false;

  constructor(name: string, world: World, options: QuiesceOptions) {
    this.name = name;
    this.#world = world;
    this.#options = options;
    this.#rng = world.rng.fork(`applications of ${name}`);
  }

  /** The programs of src/engine/driver/quiesce.ts, told apart by their arguments. */
  run([, , , , , token = '', hundredths, waitSeconds]: readonly string[]): Promise<RunResult> {
    if (hundredths === undefined) return this.#thaw(token);
    return this.#freeze(token, Number(hundredths) * 10, Number(waitSeconds) * 1_000);
  }

  async #freeze(token: string, forMs: number, waitMs: number): Promise<RunResult> {
    const untilMs = this.#nowMs + waitMs;
    while (this.#isLocked) {
      if (this.#nowMs >= untilMs) return failed(75, 'another snapshot keeps its applications at rest');
      await this.#sleep(POLL_MS);
    }
    this.#isLocked = true;
    this.#files.clear();
    this.#files.set('current', token);
    void this.#keep(token, forMs);
    for (;;) {
      if (this.#files.has(`${token}.frozen`)) return done();
      const why = this.#files.get(`${token}.failed`);
      if (why !== undefined) return failed(this.#files.has(`${token}.stuck`) ? 74 : 71, why);
      if (!this.#isLocked) return failed(70, 'it came to no end');
      await this.#sleep(POLL_MS);
    }
  }

  /** A process in a session of its own: nobody's death ends it. */
  async #keep(token: string, forMs: number): Promise<void> {
    const endMs = this.#nowMs + forMs;
    const frozen: Frozen = { token, sinceMs: this.#nowMs, thawFails: false };
    this.frozen = frozen;
    this.#say(`begins to freeze (${token}) for ${forMs} ms`);
    this.#world.monitor.quiescing.onFrozen(this, frozen);
    const limitMs = Math.ceil(forMs / 1_000) * 1_000;
    const hangs = this.#hits('freeze-hangs');
    const why = hangs ? 'it took too long: ' : this.#hits('freeze-fails') ? 'it ended with code 1: ' : undefined;
    await this.#sleep(hangs ? limitMs : Math.min(limitMs, this.#rng.skewed(this.#options.hookMs)));
    if (why === undefined) await this.#atRest(token, endMs);
    else {
      await this.#thawed(frozen, why);
      this.#files.set(`${token}.failed`, why);
    }
    this.#isLocked = false;
  }

  async #atRest(token: string, endMs: number): Promise<void> {
    this.isAtRest = true;
    this.#files.set(`${token}.frozen`, 'yes');
    this.#say(`is at rest (${token})`);
    let why = 'late';
    while (why === 'late' && this.#nowMs < endMs) {
      if (this.#files.has(`${token}.ask`)) why = 'asked';
      else await this.#sleep(POLL_MS);
    }
    this.isAtRest = false;
    await this.#thawed(this.frozen!);
    this.#say(`goes on (${token}), ${why}`);
    this.#world.count(`host thawed: ${why}`);
    this.#files.set(`${token}.thawed`, why);
  }

  /** `why`: the freeze has failed. */
  async #thawed(frozen: Frozen, why?: string): Promise<void> {
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      await this.#sleep(Math.min(THAW_LIMIT_MS, this.#rng.skewed(this.#options.hookMs)));
      if (!this.#hits('thaw-fails')) {
        this.frozen = undefined;
        return;
      }
      frozen.thawFails = true;
      if (why === undefined || tries >= TRIES_TO_SAY) this.#files.set(`${frozen.token}.stuck`, 'not yet');
      if (why !== undefined && tries === TRIES_TO_SAY) this.#files.set(`${frozen.token}.failed`, why);
      await this.#sleep(AGAIN_MS);
    }
    this.#say('stays frozen in part: its thaw command fails');
  }

  async #thaw(token: string): Promise<RunResult> {
    const isCurrent = () => this.#files.get('current') === token;
    if (!isCurrent()) return done('late');
    this.#files.set(`${token}.ask`, '');
    for (let tries = 1; isCurrent(); tries++) {
      const why = this.#files.get(`${token}.thawed`);
      if (why !== undefined) {
        for (const name of [...this.#files.keys()]) {
          if (name === 'current' || name.startsWith(`${token}.`)) this.#files.delete(name);
        }
        return done(why);
      }
      if (!this.#isLocked) break;
      const stuck = this.#files.get(`${token}.stuck`);
      if (tries >= ASKS_MAX && stuck !== undefined) return failed(74, stuck);
      await this.#sleep(POLL_MS);
    }
    return done('late');
  }

  get #nowMs(): number {
    return this.#world.scheduler.nowMs;
  }

  #sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => void this.#world.scheduler.in(forMs, resolve));
  }

  #hits(fault: HostFault): boolean {
    const hit = this.#rng.chance(this.#options.faults[fault] ?? 0) && this.#world.trouble;
    if (hit) this.#world.count(`host: ${fault}`);
    return hit;
  }

  #say(what: string): void {
    this.#world.log.say(this.name, what);
  }
}
