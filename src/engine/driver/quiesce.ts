/**
 * Brings the applications of a host to rest for a snapshot: two commands that the host's administrator has declared, run there over its session.
 *
 * Nothing may stay frozen, whatever becomes of this process or the network. So a keeper on the host, a process in a session of its own, runs both
 * commands: it freezes, waits to be asked, and thaws when it is, or when the time is over. Who asks is told which of the two it was: only what was taken
 * before a thaw that was asked for was taken at rest. The keeper holds a lock as long as it lives: a second snapshot waits until the first one's is gone.
 *
 * Its files are in memory (/dev/shm), which no freeze of a file system reaches and which end with the machine.
 */
import { DriverError } from './errors.ts';
import type { CommandSession } from './session.ts';
import { quoteWord } from './ssh/quote.ts';

export interface QuiesceHooks {
  /** Programs with their arguments. */
  readonly freeze: readonly string[];
  readonly thaw: readonly string[];
  /** So long after it began to freeze the host thaws by itself. */
  readonly timeoutMs: number;
}

/** asked: it was at rest until now. late: it had thawed by itself before. */
export type Thawed = 'asked' | 'late';

/** One host. All throw DriverError. */
export interface QuiescingHost {
  /** At rest when it resolves; where it rejects it is not, or not for long. `token`: letters, digits and `-`. */
  freeze(token: string): Promise<void>;
  /** Twice is once, but says `late` the second time. */
  thaw(token: string): Promise<Thawed>;
  close(): Promise<void>;
}

const PLACE = `
fail() { code=$1; shift; echo "$*" >&2; exit "$code"; }
dir=/dev/shm/coprhd-quiesce-$(id -u)
`;

/** directory, token, hundredths of a second, the two commands as shells take them. */
const KEEPER = `
dir=$1 token=$2 for=$3 freeze=$4 thaw=$5
trap : HUP INT TERM
now() { read -r up rest </proc/uptime; now=$((\${up%.*} * 100 + 1\${up#*.} - 100)); }
say() { printf '%s\\n' "$2" >"$dir/$token.$1.new" && mv -f -- "$dir/$token.$1.new" "$dir/$token.$1"; }
run() { timeout -k 1 "$1" sh -c "$2" >"$dir/$token.said" 2>&1 </dev/null 9>&-; }
said() { tail -c 300 -- "$dir/$token.said" | tr '\\n' ' '; }
now
end=$((now + for))
run $(((for + 99) / 100)) "$freeze"
code=$?
why=late
if [ "$code" = 0 ]; then
  say frozen yes
  now
  while [ "$now" -lt "$end" ]; do
    if [ -f "$dir/$token.ask" ]; then why=asked; break; fi
    sleep 0.05
    now
  done
else
  why="it ended with code $code: $(said)"
  case $code in 124 | 137) why="it took too long: $(said)" ;; esac
fi
tries=0
until run 30 "$thaw"; do
  tries=$((tries + 1))
  if [ "$code" = 0 ]; then say stuck "$(said)"
  elif [ "$tries" -ge 3 ]; then
    # Without a program nothing was frozen.
    case $code in 126 | 127) break ;; esac
    say stuck "$(said)"
    [ "$tries" -gt 3 ] || say failed "$why; and the thaw command: $(said)"
  fi
  [ "$tries" -lt 1200 ] || break
  sleep 0.5
done
if [ "$code" = 0 ]; then say thawed "$why"; elif [ ! -f "$dir/$token.failed" ]; then say failed "$why"; fi
`;

/** token, hundredths, seconds to wait for another snapshot, the keeper, the two commands. */
const FREEZE = `${PLACE}
token=$1 for=$2 wait=$3
for tool in flock setsid timeout; do command -v "$tool" >/dev/null || fail 72 "the program $tool is not installed"; done
umask 077
mkdir -m 700 -- "$dir" 2>/dev/null || { [ -d "$dir" ] && [ ! -L "$dir" ] && [ -O "$dir" ]; } || fail 73 "$dir is somebody else's"
exec 9>>"$dir/lock"
flock -w "$wait" 9 || fail 75 "another snapshot keeps its applications at rest"
for file in "$dir"/*.*; do rm -f -- "$file"; done
printf '%s\\n' "$token" >"$dir/current"
setsid nohup sh -c "$4" coprhd "$dir" "$token" "$for" "$5" "$6" </dev/null >/dev/null 2>&1 &
exec 9>&-
while :; do
  if [ -f "$dir/$token.frozen" ]; then exit 0; fi
  if [ -f "$dir/$token.failed" ]; then
    code=71
    [ ! -f "$dir/$token.stuck" ] || code=74
    fail "$code" "$(cat "$dir/$token.failed")"
  fi
  if flock -n "$dir/lock" true && [ ! -f "$dir/$token.failed" ] && [ ! -f "$dir/$token.frozen" ]; then fail 70 "it came to no end"; fi
  sleep 0.05
done
`;

/** token. Prints how it was thawed. */
const THAW = `${PLACE}
token=$1
umask 077
current() { [ "$(cat "$dir/current" 2>/dev/null || :)" = "$token" ]; }
current || { echo late; exit 0; }
: >"$dir/$token.ask"
tries=0
while current; do
  if [ -f "$dir/$token.thawed" ]; then
    cat "$dir/$token.thawed"
    rm -f -- "$dir/current" "$dir/$token".*
    exit 0
  fi
  if flock -n "$dir/lock" true && [ ! -f "$dir/$token.thawed" ]; then break; fi
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || [ ! -f "$dir/$token.stuck" ] || fail 74 "$(cat "$dir/$token.stuck")"
  sleep 0.05
done
echo late
`;

/** A freeze waits for that of another snapshot, which its host ends by itself. */
const MARGIN_MS = 5_000;
const THAW_DEADLINE_MS = 40_000;
const BUSY = 75;
const STUCK = 74;

export function createQuiescingHost(
  name: string,
  session: CommandSession,
  hooks: QuiesceHooks,
  nowMs: () => number,
): QuiescingHost {
  const { timeoutMs } = hooks;
  const [freezing, thawing] = [hooks.freeze, hooks.thaw].map((argv) => argv.map(quoteWord).join(' ')) as [
    string,
    string,
  ];
  const run = async (what: string, script: string, args: readonly string[], limitMs: number) => {
    const argv = ['sh', '-eu', '-c', script, 'coprhd', ...args];
    const { exitCode, stdout, stderr } = await session.run({ argv, deadlineMs: nowMs() + limitMs });
    if (exitCode === 0) return stdout.trim();
    const stuck = exitCode === STUCK ? '; IT MAY STAY FROZEN, and the command is tried again for 10 minutes' : '';
    throw new DriverError({
      class: exitCode === BUSY ? 'busy' : 'invalid',
      message: `host ${name}: ${what}: ${stderr.trim().slice(-500) || `exit code ${exitCode}`}${stuck}`,
      ...(exitCode === STUCK ? { hint: `look at ${name}, and run there: ${thawing}` } : {}),
    });
  };
  return {
    freeze: async (token) => {
      const waitSeconds = Math.ceil((timeoutMs + MARGIN_MS / 2) / 1_000);
      const args = [token, String(Math.ceil(timeoutMs / 10)), String(waitSeconds), KEEPER, freezing, thawing];
      await run('the freeze command', FREEZE, args, waitSeconds * 1_000 + timeoutMs + MARGIN_MS);
    },
    thaw: async (token) =>
      (await run('the thaw command', THAW, [token], THAW_DEADLINE_MS)) === 'asked' ? 'asked' : 'late',
    close: () => session.close(),
  };
}
