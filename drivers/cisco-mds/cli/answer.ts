/** Answers of the switch: text up to and with the prompt. What doesn't end with the prompt was cut, and is no answer. */
import { surprise } from './surprise.ts';

/** `core-1# `, `core-1(config-zone)# `. The last line of what the switch says when it waits for a command. */
export const PROMPT = /^[\w.-]+(?:\([\w.-]+\))?# ?$/;

/** Lines without their trailing spaces, without the prompt. */
export function answerLines(what: string, text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const last = lines.pop();
  if (last === undefined || !PROMPT.test(last)) throw surprise(what, text);
  return lines;
}

/** `exec`, or what the prompt has in parentheses: `config`, `config-zone`... */
export function modeOf(text: string): string {
  const last = text.slice(text.lastIndexOf('\n') + 1);
  return /\(([\w.-]+)\)# ?$/.exec(last)?.[1] ?? 'exec';
}

/** The name of the switch, as its prompt has it. */
export function hostOf(text: string): string {
  const last = text.slice(text.lastIndexOf('\n') + 1);
  return /^([\w.-]+)(?:\(|#)/.exec(last)?.[1] ?? '';
}

const COMPLAINT = /^\s*(?:error|warning)\b.*$/i;

/** A list that the switch doesn't show whole says so in a line of its own, among what it does show. */
export function withoutComplaint(text: string): { readonly text: string; readonly complaint?: string } {
  const lines = text.split('\n');
  const complaint = lines.find((line) => COMPLAINT.test(line))?.trim();
  if (complaint === undefined) return { text };
  return { text: lines.filter((line) => !COMPLAINT.test(line)).join('\n'), complaint };
}
