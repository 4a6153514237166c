/**
 * How text looks to people: width, colour, and which time is "now". Colour only repeats what a symbol or word says
 * already, so that nothing is lost without it.
 */
export interface Style {
  /** Columns to fill; never under 80. */
  readonly width: number;
  readonly color: boolean;
  /** Milliseconds since the epoch, for "12 s ago". */
  readonly nowMs: number;
}

export type Tone = 'add' | 'change' | 'remove' | 'held' | 'other' | 'good' | 'dim' | 'strong';

const SGR: Record<Tone, string> = {
  add: '32',
  change: '33',
  remove: '31',
  held: '35',
  other: '36',
  good: '32',
  dim: '2',
  strong: '1',
};

export function paint(style: Style, tone: Tone, text: string): string {
  return style.color && text !== '' ? `\u001b[${SGR[tone]}m${text}\u001b[0m` : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the escapes that paint() makes
const ESCAPES = /\u001b\[[0-9;]*m/g;

/** Text without its colours. */
export function bare(text: string): string {
  return text.replace(ESCAPES, '');
}

/** Columns that a text takes. */
export function widthOf(text: string): number {
  return [...bare(text)].length;
}
