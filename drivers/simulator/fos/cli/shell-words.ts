/**
 * A line of the switch's shell as commands: quoted arguments, commas between arguments, `;` and `&&` between commands, `|`
 * to grep, and an answer piped in from echo or printf. Knows nothing of what commands do.
 */

export interface ShellCommand {
  /** Lower case. */
  readonly name: string;
  readonly args: readonly string[];
  /** As typed. */
  readonly text: string;
}

export interface Pipeline {
  /** Runs only when the one before ended with 0. */
  readonly onlyAfterSuccess: boolean;
  /** What was piped in, line by line. */
  readonly input: readonly string[];
  readonly command: ShellCommand;
  readonly filters: readonly ShellCommand[];
}

type Token = { readonly word: string } | { readonly operator: '|' | ';' | '&&' };

const OPERATOR = /^(&&|;|\|)/;
const QUOTED = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/;
const PLAIN = /^[^\s,;|&"']+/;

function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  let rest = line;
  while (rest !== '') {
    const operator = OPERATOR.exec(rest);
    const match = operator ?? QUOTED.exec(rest) ?? PLAIN.exec(rest);
    if (!match) {
      rest = rest.slice(1);
      continue;
    }
    if (operator) tokens.push({ operator: operator[1] as '|' | ';' | '&&' });
    else tokens.push({ word: match[1]?.replaceAll(/\\(["\\$`])/g, '$1') ?? match[2] ?? match[0] });
    rest = rest.slice(match[0].length);
  }
  return tokens;
}

function commandOf(words: readonly string[]): ShellCommand {
  const [name = '', ...args] = words;
  return { name: name.toLowerCase(), args, text: words.join(' ') };
}

const unescaped = (text: string): string[] => text.replaceAll('\\n', '\n').replace(/\n$/, '').split('\n');

function pipelineOf(stages: readonly ShellCommand[], onlyAfterSuccess: boolean): Pipeline {
  const [first, ...others] = stages;
  const isSource = others.length > 0 && (first!.name === 'echo' || first!.name === 'printf');
  const [command, ...filters] = isSource ? others : stages;
  const input = isSource ? unescaped(first!.args.join(' ')) : [];
  return { onlyAfterSuccess, input, command: command!, filters };
}

/** Empty for an empty line. */
export function pipelinesOf(line: string): Pipeline[] {
  const pipelines: Pipeline[] = [];
  let stages: ShellCommand[] = [];
  let words: string[] = [];
  let onlyAfterSuccess = false;
  const endStage = () => {
    if (words.length > 0) stages.push(commandOf(words));
    words = [];
  };
  const endPipeline = (operator: string) => {
    endStage();
    if (stages.length > 0) pipelines.push(pipelineOf(stages, onlyAfterSuccess));
    stages = [];
    onlyAfterSuccess = operator === '&&';
  };
  for (const token of tokensOf(line)) {
    if ('word' in token) words.push(token.word);
    else if (token.operator === '|') endStage();
    else endPipeline(token.operator);
  }
  endPipeline(';');
  return pipelines;
}

/** `grep [-i] [-v] [-e] TEXT...`: lines with one of the texts. */
export function grepped(output: string, { args }: ShellCommand): string {
  const flags = args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('');
  const fold = (text: string) => (flags.includes('i') ? text.toLowerCase() : text);
  const texts = args.filter((arg) => !/^-[a-zA-Z]+$/.test(arg)).map(fold);
  const lines = output.split('\n').filter((line, index, all) => index < all.length - 1 || line !== '');
  const kept = lines.filter((line) => texts.some((text) => fold(line).includes(text)) !== flags.includes('v'));
  return kept.map((line) => `${line}\n`).join('');
}
