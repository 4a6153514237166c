/** Commands of the exec prompt that aren't shows: the terminal, going to configure, saving, locks, copies of zone sets. */
import { clearLock, editZoning } from '../state/edits.ts';
import { takeFault } from '../state/faults.ts';
import { distributeOnce } from '../state/operations.ts';
import type { MdsSwitch } from '../state/types.ts';
import { takeActive } from '../state/zone-db.ts';
import { reads, type Table, unlessBusy, withVsan, writes } from './command.ts';
import { type Context, type Question, type Reply, say } from './context.ts';
import { runningZoning } from './show-running.ts';

export const CONTINUE = 'Do you want to continue? (y/n) [n] ';

/** Asks first. */
export const asked = (lines: readonly string[], yes: Question['yes']): Reply => ({
  lines,
  question: { text: CONTINUE, yes },
});

function save({ state, nowMs }: Context, one: MdsSwitch): void {
  one.startup = runningZoning(state, one).join('\n');
  one.copyingUntilMs = nowMs + state.settings.copyMs;
}

/** Only one copy at a time on a switch. */
function copy(context: Context, targets: readonly MdsSwitch[]): Reply {
  const { state, at, nowMs } = context;
  const { copyMs } = state.settings;
  if (targets.some(({ copyingUntilMs }) => copyingUntilMs > nowMs)) {
    return say('Copy failed: another copy in progress, please try again later');
  }
  if (takeFault(state, 'copy-fails', at.name)) {
    return {
      lines: ['[##                                      ]   5%', 'Configuration update aborted: request was aborted'],
      delayMs: copyMs,
    };
  }
  for (const one of targets) save(context, one);
  return {
    lines: [
      '[########################################] 100%',
      'Copy complete, now saving to disk (please wait)...',
      'Copy complete.',
    ],
    delayMs: copyMs,
  };
}

const copyHere = writes((context) => copy(context, [context.at]));

const copyFabric = writes(() =>
  asked(['This command will save the running-config of all switches in the fabric.'], (context) =>
    copy(context, context.state.switches),
  ),
);

/** In enhanced mode the copy goes into the session, as every change of the full database. */
const copyActive = writes((context, args) =>
  withVsan(context, args, ({ id, active }) => {
    if (!active) return say('Zoneset not present');
    const warning = 'WARNING: This command may overwrite common zones in the full zoneset.';
    return asked([warning], ({ state, actor }) => {
      const { said } = editZoning(state, actor, id, ({ db }, vsan) => {
        if (!vsan.active) return 'Zoneset not present';
        takeActive(db, vsan.active);
        return undefined;
      });
      return say(...said);
    });
  }),
);

const clearZoneLock = writes((context, args) =>
  withVsan(context, args, (vsan) =>
    asked([], ({ actor }) => {
      const refusal = clearLock(actor, vsan);
      return refusal === undefined ? say() : say(refusal);
    }),
  ),
);

const clearDatabase = writes((context, args) =>
  withVsan(context, args, ({ id }) => {
    const { said } = editZoning(context.state, context.actor, id, ({ db }) => {
      db.zones = [];
      db.zonesets = [];
      db.fcaliases = [];
      return undefined;
    });
    return say(...said);
  }),
);

const distribute = writes((context, args) =>
  withVsan(context, args, (vsan) =>
    unlessBusy(context, vsan, () => say(distributeOnce(context.state, context.actor, vsan, context.nowMs))),
  ),
);

export const EXEC: Table = [
  [
    'terminal length <lines:number>',
    reads(({ session }, args) => {
      session.terminalLength = args.number('lines');
      return say();
    }),
  ],
  ['terminal {width|session-timeout} <value:number>', reads(() => say())],
  [
    'terminal dont-ask',
    reads(({ session }) => {
      session.dontAsk = true;
      return say();
    }),
  ],
  [
    'no terminal dont-ask',
    reads(({ session }) => {
      session.dontAsk = false;
      return say();
    }),
  ],
  [
    'configure [terminal]',
    writes(({ session }) => {
      session.mode = { in: 'config' };
      return say('Enter configuration commands, one per line.  End with CNTL/Z.');
    }),
  ],
  ['copy running-config startup-config', copyHere],
  ['copy running-config startup-config fabric', copyFabric],
  ['zone copy active-zoneset full-zoneset vsan <vsan:vsan>', copyActive],
  ['clear zone lock vsan <vsan:vsan>', clearZoneLock],
  ['clear zone database vsan <vsan:vsan>', clearDatabase],
  ['zoneset distribute vsan <vsan:vsan>', distribute],
  [
    'end',
    reads(({ session }) => {
      session.mode = { in: 'exec' };
      return say();
    }),
  ],
  ['exit', reads(exit)],
];

/** One level up; from the exec prompt, out. */
function exit({ session }: Context): Reply {
  const { mode } = session;
  if (mode.in === 'exec') return { lines: [], ends: true };
  if (mode.in === 'config') session.mode = { in: 'exec' };
  else if (mode.in === 'config-zoneset-zone')
    session.mode = { in: 'config-zoneset', vsan: mode.vsan, name: mode.zoneset };
  else session.mode = { in: 'config' };
  return say();
}
