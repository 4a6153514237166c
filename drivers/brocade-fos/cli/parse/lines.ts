/** What every parser of the command line starts with. */

/** A line of the system log, which comes between others whenever something happens. */
const LOG_LINE = /^\d{4}\/\d{2}\/\d{2}-\d{2}:\d{2}:\d{2}, \[[A-Z0-9]+-\d+\]/;

/** Lines without trailing blanks, and without those of the system log. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => !LOG_LINE.test(line));

export const filledLines = (text: string): string[] => linesOf(text).filter((line) => line !== '');
