/** Finds the command that the arguments name, or the nearest one, and runs it. */
import { Config } from '@oclif/core/config';
import type * as Interfaces from '@oclif/core/interfaces';
import type { EngineCommand } from './command.ts';
import type { MainOptions } from './main.ts';
import { usageError } from './usage.ts';

const HELP_FLAGS = ['--help', '-h'];

export async function dispatch({ root, argv: typed, context, fromSource = false }: MainOptions): Promise<number> {
  const config = await loadConfig(root, fromSource);
  const argv = commandFirst(typed);
  const { id, rest } = splitCommand(argv, (name) => known(config, name));
  const asked = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const command = id === '' ? undefined : config.findCommand(id);
  if (
    id === 'help' ||
    asked.some((word) => HELP_FLAGS.includes(word)) ||
    (command === undefined && rest.length === 0)
  ) {
    return showHelp(config, id === 'help' ? splitCommand(rest, (name) => known(config, name)).id : id, rest);
  }
  if (command === undefined) return unknownCommand(config, id, rest);
  const loaded = (await command.load()) as unknown as typeof EngineCommand & { start: typeof EngineCommand.start };
  return loaded.start.call(loaded as never, [...rest], config, context);
}

function known(config: Config, id: string): boolean {
  return Boolean(config.findCommand(id) ?? config.findTopic(id));
}

const SWITCHES = new Set(['--json', '--plain', '--human', '--color', '--no-color']);
const WITH_VALUE = new Set(['--state', '--timeout', '--json-to']);

/** Global flags are also taken before the command: `coprhd --json show`. */
export function commandFirst(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at]!;
    if (SWITCHES.has(word) || /^--(?:state|timeout|json-to)=/.test(word)) at += 1;
    else if (WITH_VALUE.has(word)) at += 2;
    else break;
  }
  return [...argv.slice(at), ...argv.slice(0, at)];
}

/** The longest run of leading words that is a command or topic: `state list x` is `state:list` and `x`. */
export function splitCommand(
  argv: readonly string[],
  isKnown: (id: string) => boolean,
): { readonly id: string; readonly rest: readonly string[] } {
  const words: string[] = [];
  for (const word of argv) {
    if (word.startsWith('-') || !isKnown([...words, word].join(':'))) break;
    words.push(word);
  }
  if (words.length === 0 && argv[0] === 'help') return { id: 'help', rest: argv.slice(1) };
  return { id: words.join(':'), rest: argv.slice(words.length) };
}

async function showHelp(config: Config, id: string, rest: readonly string[]): Promise<number> {
  const first = rest[0];
  if (id === '' && first !== undefined && !first.startsWith('-')) return unknownCommand(config, id, rest);
  const { Help } = await import('@oclif/core/help');
  const help = new Help(config as Interfaces.Config, config.pjson.oclif.helpOptions);
  await help.showHelp(id === '' ? [] : [id]);
  return 0;
}

async function unknownCommand(config: Config, topic: string, rest: readonly string[]): Promise<never> {
  const { nearest } = await import('../../lib/suggest.ts');
  const typed = [...topic.split(':'), ...rest].filter((word) => word !== '' && !word.startsWith('-'));
  const names = config.commands.filter((command) => !command.hidden).map((command) => command.id.replaceAll(':', ' '));
  const topics = config.topics.map((each) => each.name.replaceAll(':', ' '));
  const flag = rest.find((word) => word.startsWith('-'));
  if (typed.length === 0 && flag !== undefined) {
    usageError(`no command given before ${flag}`, 'put the command first: coprhd COMMAND [FLAGS]; see coprhd --help');
  }
  const match = nearest(typed.slice(0, 2).join(' '), names) ?? nearest(typed[0] ?? '', [...names, ...topics]);
  const what = topic === '' ? typed[0] : typed.slice(0, topic.split(':').length + 1).join(' ');
  usageError(
    `there is no command ${what}`,
    match === undefined ? 'see coprhd --help' : `did you mean coprhd ${match}?`,
  );
}

async function loadConfig(root: string, fromSource: boolean): Promise<Config> {
  if (!fromSource) return Config.load({ root });
  const { sourceOptions } = await import('./from-source.ts');
  return Config.load(await sourceOptions(root));
}
