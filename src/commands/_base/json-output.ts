/**
 * Where JSON goes: stdout with --json, a file with --json-to, or both. A stream is written line by line as it happens, so
 * that a file tells what happened even when the process dies; a document is written beside the file and renamed, so that
 * there is never half of one.
 */
import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { jsonDocument, jsonLine, streamResult, streamStart } from '../../views/json.ts';
import { usageError } from './usage.ts';

export interface JsonOutputOptions {
  readonly command: string;
  /** Lines instead of one document. */
  readonly stream: boolean;
  /** Standard output; absent without --json. */
  readonly stdout?: (text: string) => void;
  readonly file?: string | undefined;
}

export class JsonOutput {
  readonly #options: JsonOutputOptions;
  #descriptor: number | undefined;
  #started = false;
  #document: string | undefined;

  /** A file that can't be written is said at once, before anything is done. */
  constructor(options: JsonOutputOptions) {
    this.#options = options;
    if (options.file === undefined) return;
    if (options.stream) this.#descriptor = openFile(options.file);
    else checkWritable(options.file);
  }

  /** A line of a stream, the first one after the line that carries the schema version. Nothing for a document. */
  line(value: object): void {
    if (!this.#options.stream) return;
    if (!this.#started) {
      this.#started = true;
      this.#write(jsonLine(streamStart(this.#options.command)));
    }
    this.#write(jsonLine(value));
  }

  /** The document, or the last line of the stream. */
  result(result: object): void {
    if (this.#options.stream) {
      this.line(streamResult(result));
      return;
    }
    const text = jsonDocument(result);
    this.#options.stdout?.(`${text}\n`);
    this.#document = `${text}\n`;
  }

  /** Fails as `COPRHD-USAGE-001` when the document can't be written. */
  async close(): Promise<void> {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    const { file } = this.#options;
    const document = this.#document;
    this.#document = undefined;
    if (file === undefined || document === undefined) return;
    const { writePrivate } = await import('./saved-plan.ts');
    await writePrivate(file, document);
  }

  #write(line: string): void {
    this.#options.stdout?.(`${line}\n`);
    // At once and not by the event loop: an interrupt that ends the process loses nothing.
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, `${line}\n`);
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'w', 0o600);
  } catch (error) {
    return refuse(file, error instanceof Error ? error.message : String(error));
  }
}

/** A document is written beside the file and renamed: both must be possible. */
function checkWritable(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) refuse(file, 'it is a directory');
  const beside = `${file}.${process.pid}.tmp`;
  try {
    closeSync(openSync(beside, 'wx', 0o600));
    unlinkSync(beside);
  } catch (error) {
    refuse(file, error instanceof Error ? error.message : String(error));
  }
}

function refuse(file: string, reason: string): never {
  return usageError(`--json-to: can't write ${file}: ${reason}`, 'name a file in a directory that you may write to');
}
