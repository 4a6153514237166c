/**
 * Which of human, plain and json the output is, and whether anybody can be asked. Scripts get plain without asking for
 * it: whenever stdout isn't a terminal, the terminal can't move its cursor, or the environment says that no person looks.
 */
export type Format = 'human' | 'plain' | 'json';

export interface Mode {
  readonly format: Format;
  readonly color: boolean;
  readonly width: number;
  /** A person can be asked: prompts are allowed. */
  readonly interactive: boolean;
  /** Work on its way is drawn over and over in one place. */
  readonly live: boolean;
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: { readonly isTTY: boolean };
  readonly stdout: { readonly isTTY: boolean; readonly columns?: number | undefined };
  readonly stderr: { readonly isTTY: boolean };
}

export interface ModeFlags {
  readonly json?: boolean | undefined;
  readonly plain?: boolean | undefined;
  readonly human?: boolean | undefined;
  /** --tui, --no-tui; undefined = where it makes sense. */
  readonly tui?: boolean | undefined;
  /** False with --no-color. */
  readonly color?: boolean | undefined;
}

export const WIDTH_MIN = 80;

/** Set by things that run commands for somebody else: `CI` by build servers, the others by coding agents. */
const AUTOMATION = ['CI', 'AGENT', 'AI_AGENT', 'CLAUDECODE', 'CODEX_SANDBOX', 'CURSOR_AGENT', 'GEMINI_CLI'];

const isSet = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== '0' && value !== 'false';

export function chooseMode(terminal: Terminal, flags: ModeFlags): Mode {
  const { env, stdin, stdout, stderr } = terminal;
  const automated = AUTOMATION.some((name) => isSet(env[name]));
  const dumb = env.TERM === 'dumb';
  const wantsTui = flags.tui === true && canDraw(terminal);
  const format = chooseFormat(flags, stdout.isTTY && !dumb && (!automated || wantsTui));
  const forced = isSet(env.FORCE_COLOR);
  const refused = flags.color === false || (env.NO_COLOR ?? '') !== '' || (dumb && !forced);
  const columns = Number(env.COLUMNS) || stdout.columns || WIDTH_MIN;
  return {
    format,
    color: format === 'human' && !refused && (forced || stdout.isTTY),
    width: Math.max(WIDTH_MIN, columns),
    interactive: format === 'human' && stdin.isTTY && stderr.isTTY && !automated,
    live: format === 'human' && (wantsTui || (flags.tui !== false && stdout.isTTY && !automated && canDraw(terminal))),
  };
}

/** Build servers have terminals that don't move their cursor. */
export function canDraw({ env, stderr }: Pick<Terminal, 'env' | 'stderr'>): boolean {
  return stderr.isTTY && env.TERM !== 'dumb' && !isSet(env.CI);
}

function chooseFormat(flags: ModeFlags, person: boolean): Format {
  if (flags.json) return 'json';
  if (flags.plain) return 'plain';
  return flags.human || person ? 'human' : 'plain';
}
