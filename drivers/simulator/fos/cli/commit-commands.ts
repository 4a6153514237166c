/** The commands that end a transaction or change what is in effect. Each asks first; `-f` answers since FOS 7.4. */
import { shownDatabase } from '../state/model.ts';
import { FosRefusal } from '../state/refusal.ts';
import { isInconsistent } from '../state/resolve.ts';
import {
  aborted,
  type Committed,
  cleared,
  disabled,
  editedDefaultZone,
  enabled,
  isChanged,
  saved,
} from '../state/transaction.ts';
import {
  type CliAnswer,
  type CliCall,
  type CliCommand,
  fabricOfCall,
  printed,
  silent,
  traitsOfCall,
} from './command.ts';
import { defaultZoneLines } from './show-transaction.ts';
import { accessText } from './show-zoning.ts';
import {
  cancelledText,
  clearQuestion,
  DISABLE_QUESTION,
  defaultZoneQuestion,
  enableQuestion,
  saveQuestion,
} from './texts.ts';

const isYes = (reply: string): boolean => /^(y|yes)$/i.test(reply.trim());
const isForced = ({ args }: CliCall): boolean => args.includes('-f') || args.includes('-force');

/** Asks where that is due, and does it. */
function confirmed(call: CliCall, question: string, run: () => CliAnswer): CliAnswer {
  const traits = traitsOfCall(call);
  if (isForced(call) && traits.force) return run();
  if (call.reply === undefined) return { ...silent(call.state), ask: question };
  return isYes(call.reply) ? run() : printed(call, [cancelledText(call.state.firmware)], traits.cancelCode);
}

function committed(call: CliCall, { state, lines }: Committed, said: readonly string[]): CliAnswer {
  const { logInSession } = traitsOfCall(call);
  return printed({ ...call, state }, [
    ...(logInSession ? ['sw0 Updating flash ...', ...lines] : []),
    ...said,
    'Updating flash ...',
  ]);
}

const cfgsave: CliCommand = {
  changes: true,
  run: (call) => {
    const fabric = fabricOfCall(call);
    const warns = isChanged(fabric) && isInconsistent(shownDatabase(fabric), fabric.effective);
    return confirmed(call, saveQuestion(call.state.firmware, warns), () => {
      const done = saved(call.state, call.actor);
      if (done.changed) return committed(call, done, []);
      return printed({ ...call, state: done.state }, ['Nothing changed: nothing to save, returning ...']);
    });
  },
};

const cfgenable: CliCommand = {
  changes: true,
  run: (call) => {
    const [cfg, ...more] = call.args.filter((arg) => arg !== '-f' && arg !== '-force');
    if (cfg === undefined || more.length > 0) return printed(call, ['Invalid Parameters', 'Usage: cfgenable "arg1"']);
    if (!shownDatabase(fabricOfCall(call)).cfgs.has(cfg)) {
      throw new FosRefusal('not-found', `error: "${cfg}" not found`);
    }
    return confirmed(call, enableQuestion(cfg), () =>
      committed(call, enabled(call.state, call.actor, cfg), [`zone config "${cfg}" is in effect`]),
    );
  },
};

const cfgdisable: CliCommand = {
  changes: true,
  run: (call) => {
    const { effective, defaultZone } = fabricOfCall(call);
    if (!effective) throw new FosRefusal('no-effective', 'error: no configuration in effect');
    return confirmed(call, DISABLE_QUESTION, () => {
      const done = committed(call, disabled(call.state, call.actor), []);
      const mode = `Effective configuration is empty. "${accessText(defaultZone)}" default zone mode is ON.\n`;
      return { ...done, output: done.output + mode };
    });
  },
};

const cfgclear: CliCommand = {
  changes: true,
  run: (call) => confirmed(call, clearQuestion(call.state.firmware), () => silent(cleared(call.state, call.actor))),
};

const cfgtransabort: CliCommand = {
  changes: true,
  run: ({ state, actor }) => silent(aborted(state, actor)),
};

const defzone: CliCommand = {
  run: (call) => {
    const [option] = call.args;
    const fabric = fabricOfCall(call);
    if (option === '--show') return printed(call, defaultZoneLines(fabric));
    const mode = option === '--noaccess' ? 'no-access' : option === '--allaccess' ? 'all-access' : undefined;
    if (!mode) return printed(call, ['Usage: defzone --noaccess | --allaccess | --show']);
    return confirmed(call, defaultZoneQuestion(accessText(mode)), () =>
      fabric.defaultZone === mode
        ? printed(call, ['defzone setting is same and nothing to update.'])
        : silent(editedDefaultZone(call.state, call.actor, mode)),
    );
  },
};

export const COMMIT_COMMANDS: Readonly<Record<string, CliCommand>> = {
  cfgsave,
  cfgenable,
  cfgdisable,
  cfgclear,
  cfgtransabort,
  defzone,
};
