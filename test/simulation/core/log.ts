/** What happened, for people: a line an event, a column an actor. Also what tells whether two runs were the same. */
import { createHash } from 'node:crypto';

export interface LogLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

export class SimLog {
  readonly lines: LogLine[] = [];
  readonly #keep: boolean;
  readonly #hash = createHash('sha256');
  readonly #startMs: number;
  readonly #nowMs: () => number;

  constructor(keep: boolean, startMs: number, nowMs: () => number) {
    this.#keep = keep;
    this.#startMs = startMs;
    this.#nowMs = nowMs;
  }

  say(who: string, what: string): void {
    const line = { atMs: this.#nowMs() - this.#startMs, who, what };
    this.#hash.update(`${line.atMs} ${who} ${what}\n`);
    if (this.#keep) this.lines.push(line);
  }

  /** Equal for equal runs. Ends the log. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** A column an actor, as wide as the screen allows. */
  columns(width = 160): string {
    const actors = [...new Set(this.lines.map(({ who }) => who))];
    const TIME = 11;
    const each = Math.max(14, Math.floor((width - TIME) / Math.max(1, Math.min(actors.length, 8))));
    const text = (atMs: number) => (atMs / 1000).toFixed(3).padStart(TIME - 1);
    const head = `${' '.repeat(TIME)}${actors.map((name) => name.slice(0, each - 1).padEnd(each)).join('')}`;
    const rows = this.lines.map(({ atMs, who, what }) => {
      const indent = actors.indexOf(who) * each;
      return `${text(atMs)} ${' '.repeat(indent)}${what}`;
    });
    return [head, ...rows].join('\n');
  }
}
