/**
 * One run of one command: knows the output mode, opens the engine when it is first needed, shows progress, and turns
 * Ctrl-C and --timeout into the abort signal. Commands print only through it.
 */
import type { EngineClient, EngineEvent, InputOf, OperationName, ResultOf } from '../../engine/operations/types.ts';
import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import { diagnosticsLines } from '../../views/diagnostics.ts';
import { formatDuration } from '../../views/format.ts';
import { chooseMode, type Mode, type ModeFlags } from '../../views/mode.ts';
import { diagnosticRow, plainLine } from '../../views/plain.ts';
import { eventRow, inFlight, inFlightLines, progressLines, startProgress, tick } from '../../views/progress.ts';
import type { Style } from '../../views/style.ts';
import type { Live } from '../../views/tui/live.ts';
import type { Row, View } from '../../views/view.ts';
import type { CliContext, Output } from './context.ts';
import { JsonOutput } from './json-output.ts';

export interface CliOptions extends ModeFlags {
  readonly state: string;
  readonly timeoutMs?: number | undefined;
  readonly command: string;
  /** Its JSON is a stream of lines. */
  readonly stream: boolean;
  /** File that gets the JSON, whatever is printed. */
  readonly jsonTo?: string | undefined;
}

export interface Ended {
  readonly outcome: OperationOutcome;
  readonly diagnostics: readonly Diagnostic[];
}

const TICK_MS = 1_000;

/** Operations that work on devices for a while: drawn in one place on a terminal. */
const DRAWN: ReadonlySet<OperationName> = new Set(['apply', 'recover', 'task.resume', 'task.rollback']);

export class Cli {
  readonly context: CliContext;
  readonly mode: Mode;
  readonly #options: CliOptions;
  readonly #abort = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  readonly #progress = startProgress();
  readonly #json: JsonOutput;
  #client: Promise<EngineClient> | undefined;
  #interrupts = 0;
  #live: Live | undefined;
  /** What was printed already by way of events, so that it isn't printed twice. */
  readonly #said = new Set<string>();

  constructor(context: CliContext, options: CliOptions) {
    this.context = context;
    this.#options = options;
    this.mode = chooseMode(context, options);
    const { command, stream, jsonTo: file } = options;
    const toStdout = this.mode.format === 'json' ? { stdout: (text: string) => context.stdout.write(text) } : {};
    this.#json = new JsonOutput({ command, stream, file, ...toStdout });
    this.#cleanups.push(context.onInterrupt(() => this.#onInterrupt()));
    if (options.timeoutMs !== undefined) this.#startTimeout(options.timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get interrupted(): boolean {
    return this.#interrupts > 0;
  }

  get style(): Style {
    return { width: this.mode.width, color: this.mode.color, nowMs: this.context.clock.nowMs() };
  }

  async call<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    onEvent?: (event: EngineEvent) => void,
  ): Promise<ResultOf<N>> {
    this.#client ??= this.context.openClient(this.#options.state);
    const client = await this.#client;
    const stop = await this.#follow(name, input);
    try {
      return await client.call(name, input, {
        signal: this.signal,
        onEvent: (event) => {
          this.#onEvent(event);
          onEvent?.(event);
        },
      });
    } finally {
      stop();
    }
  }

  /** Result of a query, or the end of a stream. Diagnostics go to stderr but in JSON, where they are in the result. */
  finish<R extends Ended>(result: R, view?: View<NoInfer<R>>): OperationOutcome {
    this.print(result, view);
    return result.outcome;
  }

  print<R extends Ended>(result: R, view?: View<NoInfer<R>>): void {
    this.json(result);
    if (this.mode.format === 'json') return;
    this.diagnose(result.diagnostics);
    if (view) this.show(view, result);
  }

  /** For people and scripts only; JSON has its own lines. */
  show<R>(view: View<R>, result: R): void {
    if (this.mode.format === 'human') this.out(view.human(result, this.style));
    if (this.mode.format === 'plain') this.out(view.plain(result).map(plainLine));
  }

  /** The result as JSON, to wherever JSON goes: the document, or the last line of a stream. */
  json(result: object): void {
    this.#json.result(result);
  }

  /** A line of a JSON stream; nothing where JSON is one document. */
  line(value: object): void {
    this.#json.line(value);
  }

  /** Diagnostics that weren't said yet, to stderr. */
  diagnose(diagnostics: readonly Diagnostic[]): void {
    const fresh = diagnostics.filter((diagnostic) => {
      const key = JSON.stringify(diagnostic);
      return !this.#said.has(key) && this.#said.add(key);
    });
    if (this.mode.format === 'human') this.#toStderr(diagnosticsLines(fresh, this.style));
    if (this.mode.format === 'plain') this.#toStderr(fresh.map(diagnosticRow).map(plainLine));
  }

  /** These are shown with the result: not on stderr, too. */
  markSaid(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.#said.add(JSON.stringify(diagnostic));
  }

  out(lines: readonly string[]): void {
    this.#write(this.context.stdout, lines);
  }

  rows(rows: readonly Row[]): void {
    this.out(rows.map(plainLine));
  }

  /** A message on the way, for people only. */
  say(...lines: readonly string[]): void {
    if (this.mode.format === 'human') this.#toStderr(lines);
  }

  async ask(question: string): Promise<string | undefined> {
    const answer = await this.context.ask(question, this.signal);
    if (answer === undefined) this.#toStderr(['']);
    return answer;
  }

  async askSecret(question: string): Promise<string | undefined> {
    return this.context.askSecret(question, this.signal);
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    const client = await this.#client?.catch(() => undefined);
    await client?.close();
    await this.#json.close();
  }

  #onEvent(event: EngineEvent): void {
    this.line(event);
    switch (this.mode.format) {
      case 'human':
        if (event.type === 'diagnostic') this.diagnose([event.diagnostic]);
        else this.#show(progressLines(this.#progress, event, this.style), event);
        return;
      case 'plain':
        if (event.type === 'diagnostic') this.diagnose([event.diagnostic]);
        else this.#plainEvent(event);
        return;
      default:
    }
  }

  /** The lines feed the list of what is in flight, also where the live view is what is seen. */
  #show(lines: readonly string[], event: EngineEvent): void {
    if (this.#live) this.#live.next(event);
    // What stood still is to be read afterwards, too.
    if (!this.#live || event.type === 'step.paused') this.#toStderr(lines);
  }

  #plainEvent(event: EngineEvent): void {
    progressLines(this.#progress, event, this.style);
    this.#toStderr([plainLine(eventRow(event))]);
  }

  /** Until it has ended, people see that something goes on. */
  async #follow<N extends OperationName>(name: N, input: InputOf<N>): Promise<() => void> {
    const { clock, openLive } = this.context;
    if (this.mode.format !== 'human') return () => {};
    const works = DRAWN.has(name) && !(name === 'apply' && (input as InputOf<'apply'>).onlyCheck);
    if (!this.mode.live || !openLive || !works) {
      return clock.every(TICK_MS, () => this.#toStderr(tick(this.#progress, clock.nowMs())));
    }
    const { plan } = input as InputOf<'apply'>;
    this.#live = await openLive({ clock, style: () => this.style, plan });
    return () => this.#endLive();
  }

  #endLive(): void {
    this.#live?.close();
    this.#live = undefined;
  }

  #toStderr(lines: readonly string[]): void {
    this.#write(this.context.stderr, lines);
  }

  #write(output: Output, lines: readonly string[]): void {
    if (lines.length === 0) return;
    const write = () => void output.write(`${lines.join('\n')}\n`);
    if (this.#live) this.#live.above(write);
    else write();
  }

  #startTimeout(durationMs: number): void {
    const stop = new AbortController();
    this.#cleanups.push(() => stop.abort());
    const fire = () => {
      this.say(`timed out after ${formatDuration(durationMs)}: no new steps are started`);
      this.#abort.abort(new Error('timed out'));
    };
    this.context.clock.sleep(durationMs, stop.signal).then(fire, () => {});
  }

  #onInterrupt(): void {
    this.#interrupts += 1;
    const steps = inFlight(this.#progress);
    this.line({ type: 'interrupt', atMs: this.context.clock.nowMs(), count: this.#interrupts, inFlight: steps });
    if (this.mode.format === 'plain') {
      this.#toStderr(
        [
          ['interrupt', this.#interrupts],
          ...steps.map((each) => ['in-flight', each.address, each.system, each.summary, each.sinceMs]),
        ].map(plainLine),
      );
    }
    const lines = inFlightLines(steps, this.context.clock.nowMs());
    if (this.#interrupts === 1) {
      if (this.#live) this.#live.stopping();
      else {
        const waiting = lines.length === 0 ? '' : ', waiting for those that run';
        this.say('', `interrupted: no new steps are started${waiting}. Again: stop waiting.`, ...lines);
      }
      this.#abort.abort(new Error('interrupted'));
      return;
    }
    this.#endLive();
    const left = lines.length === 0 ? [] : ['left in flight; it may still happen on the device:', ...lines];
    this.say('stopped waiting', ...left, 'next: coprhd recover');
    this.context.exitNow(130);
  }
}
