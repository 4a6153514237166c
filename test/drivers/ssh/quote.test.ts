/** Whatever is an argument arrives as that argument, in a real shell; nothing of it is ever executed. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { commandLine, quoteWord } from '../../../src/engine/driver/ssh/quote.ts';

/** Prints its arguments, each ended by a zero byte. */
const PRINT = [
  process.execPath,
  '-e',
  "process.stdout.write(process.argv.slice(1).map((a) => a + '\\0').join(''))",
  '--',
];

const throughShell = (line: string, shell = '/bin/sh') =>
  execFileSync(shell, [...(shell.endsWith('bash') ? ['--norc'] : []), '-c', line], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });

/** Many words by one shell: a process for each would take minutes. */
const wordsThrough = (words: readonly string[], shell?: string) =>
  throughShell(`printf '%s\\0' ${words.map(quoteWord).join(' ')}`, shell)
    .split('\0')
    .slice(0, -1);

const NASTY = [
  '',
  ' ',
  "'",
  "''",
  "it's",
  '"',
  '$(touch /tmp/x)',
  '`id`',
  '$HOME',
  '\\',
  '\\\\n',
  '-n',
  '--',
  '*',
  '~',
  '~root',
  '{a,b}',
  '!!',
  '#',
  'a=b',
  'if',
  'a\nb',
  '\n',
  '\t',
  '\r',
  '\u0001\u001b[31m',
  'é漢字𝒳',
  '; rm -rf x',
  '| cat',
  '& sleep 1',
  '> out',
  '<(ls)',
  '=ls',
  "$'\\x41'",
];

describe('quoting', () => {
  test.each(['/bin/sh', '/bin/bash'])('words that mean something to a shell mean nothing: %s', (shell) => {
    expect(wordsThrough(NASTY, shell)).toEqual(NASTY);
  });

  test('any words arrive as they are in /bin/sh', () => {
    const character = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'\'"\\$`!*?~#&|;<>(){}[]=% \t\n\r-^@,.:/_aZ0') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => c !== '\0') },
    );
    const word = fc.array(character, { maxLength: 24 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), (words) => {
        expect(wordsThrough(words)).toEqual(words);
      }),
      { numRuns: 150 },
    );
  });

  test('a whole command with variables arrives as it is, and its variables with it', () => {
    const args = [...NASTY, 'last'];
    expect(throughShell(commandLine([...PRINT, ...args])).split('\0')).toEqual([...args, '']);
    const value = `a'b $(id) \\ "c"\n`;
    const script = 'process.stdout.write(process.env.ODD)';
    expect(throughShell(commandLine([process.execPath, '-e', script], { ODD: value }))).toBe(value);
  });

  test('what no argument can hold is refused before anything is sent', () => {
    const classOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as DriverError).class;
      }
    };
    expect(classOf(() => quoteWord('a\0b'))).toBe('invalid');
    expect(classOf(() => commandLine(['true'], { 'A B': 'x' }))).toBe('invalid');
    expect(classOf(() => commandLine(['echo', 'x'.repeat(200_000)]))).toBe('invalid');
    expect(classOf(() => commandLine(['a=b'], { A: 'x' }))).toBe('invalid');
    expect(() => quoteWord('a\0b')).toThrow(DriverError);
  });
});
