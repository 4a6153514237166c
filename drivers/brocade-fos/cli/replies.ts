/**
 * What commands that change something answer. Edits print nothing when they are done, and the exit code says nothing at all:
 * whatever is printed is a refusal.
 */
import { refusal } from '../refusal.ts';
import { Surprise } from '../surprise.ts';
import type { Said } from './dialogue.ts';
import { filledLines } from './parse/lines.ts';

const UNEXPECTED = 'a question that this driver does not know was answered no';

function checkQuestions(command: string, { text, refused }: Said): void {
  if (refused.length === 0) return;
  const error = refusal(command, text, refused[0]);
  if (!(error instanceof Surprise)) throw error;
  throw new Surprise(`${command} (${UNEXPECTED})`, text, refused[0]);
}

/** An edit, or an abort: done when it says nothing. */
export function checkSilent(command: string, said: Said): void {
  checkQuestions(command, said);
  if (filledLines(said.text).length > 0) throw refusal(command, said.text);
}

const FLASH = /^(?:\S+ )?Updating flash\b/i;
const NOTHING_CHANGED = /^Nothing changed: nothing to save/i;

/** What is asked, however its lines are broken. */
const flat = (question: string): string => question.replace(/\s+/g, ' ').trim();
const CHOICE = String.raw` ?\([^()]*\):? ?\[no\]$`;
const SAVE_QUESTION = new RegExp(
  String.raw`Do you want to (?:save|proceed with saving) (?:the )?Defined zoning configuration only\?${CHOICE}`,
  'i',
);
const ENABLE_QUESTION = new RegExp(String.raw`Do you want to enable '([^']*)' configuration\??${CHOICE}`, 'i');

/** Whether the question that stands at the end is the one about saving, or about this configuration. */
export const asksToSave = (question: string): boolean => SAVE_QUESTION.test(flat(question));

export const asksToEnable = (configuration: string) => (question: string) =>
  ENABLE_QUESTION.exec(flat(question))?.[1] === configuration;

/** What comes before the question explains; what comes after the answer counts. */
export function checkSaved(said: Said): void {
  checkQuestions('cfgsave', said);
  const other = filledLines(said.last).find((line) => !FLASH.test(line) && !NOTHING_CHANGED.test(line));
  if (other !== undefined) throw refusal('cfgsave', said.last, other);
}

export function checkEnabled(said: Said, configuration: string): void {
  checkQuestions('cfgenable', said);
  const lines = filledLines(said.last);
  const inEffect = (line: string) => line.trim() === `zone config "${configuration}" is in effect`;
  const other = lines.find((line) => !FLASH.test(line) && !inEffect(line));
  if (other !== undefined) throw refusal('cfgenable', said.last, other);
  if (!lines.some(inEffect)) throw new Surprise('cfgenable', said.text, lines[0]);
}
