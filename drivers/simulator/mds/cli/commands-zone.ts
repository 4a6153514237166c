/** Commands of the config prompts that change zones, zone sets and FC aliases, and their policies. */
import { abort, editZoning, obstacle } from '../state/edits.ts';
import {
  activateBasic,
  changeMode,
  changeSmartZoning,
  checkActivation,
  commit,
  deactivateBasic,
} from '../state/operations.ts';
import { type DefaultZone, type Pending, type Vsan, zoningOf } from '../state/types.ts';
import {
  cloneZoneset,
  ensureFcalias,
  ensureZone,
  ensureZoneset,
  type Refusal,
  removeFcalias,
  removeZone,
  removeZoneset,
  renameZone,
  renameZoneset,
} from '../state/zone-db.ts';
import { illegal, isForeign, type Table, unlessBusy, withVsan, writes } from './command.ts';
import { asked } from './commands-exec.ts';
import { type Context, type Mode, type Reply, say } from './context.ts';
import type { Arguments } from './grammar.ts';
import { showPendingDiff } from './show-status.ts';

/** A change, and the prompt that it leads to when it happens. */
export function changed(
  context: Context,
  vsan: number,
  change: (pending: Pending, vsan: Vsan) => Refusal,
  next?: Mode,
): Reply {
  const { said, ok } = editZoning(context.state, context.actor, vsan, change);
  if (ok && next) context.session.mode = next;
  return say(...said);
}

const change = (run: (pending: Pending, args: Arguments) => Refusal) =>
  writes((context, args) => changed(context, args.number('vsan'), (pending) => run(pending, args)));

/** `zone name X vsan N` and its kind: makes it where it isn't there, and goes into it. */
const enter = (into: 'config-zone' | 'config-zoneset' | 'config-fcalias') =>
  writes((context, args) => {
    const name = args.text('name');
    const vsan = args.number('vsan');
    const make = { 'config-zone': ensureZone, 'config-zoneset': ensureZoneset, 'config-fcalias': ensureFcalias }[into];
    const create = ({ db }: Pending): Refusal => {
      const wrong = illegal(name);
      if (wrong === undefined) make(db, name);
      return wrong;
    };
    return changed(context, vsan, create, { in: into, vsan, name });
  });

const stageActivation = (context: Context, { id }: Vsan, to: string | undefined): Reply =>
  changed(context, id, (pending) => {
    pending.activation = { to };
    return undefined;
  });

const activateNow = (context: Context, vsan: Vsan, name: string): Reply =>
  unlessBusy(context, vsan, () =>
    vsan.mode === 'basic'
      ? say(activateBasic(context.state, context.actor, vsan, name, context.nowMs))
      : stageActivation(context, vsan, name),
  );

const activate = writes((context, args) =>
  withVsan(context, args, (vsan) =>
    unlessBusy(context, vsan, () => {
      const name = args.text('name');
      const empty = checkActivation(vsan.session?.pending.db ?? zoningOf(context.at, vsan.id).db, name);
      if (!empty) return say('Zoneset not present');
      if (empty.length === 0) return activateNow(context, vsan, name);
      const warning = ['WARNING: The following zones do not have members:', ...empty.map((zone) => `  ${zone}`)];
      return asked(warning, (later) => activateNow(later, vsan, name));
    }),
  ),
);

const deactivate = writes((context, args) =>
  withVsan(context, args, (vsan) =>
    unlessBusy(context, vsan, () => {
      const name = args.maybe('name');
      if (!vsan.active || (name !== undefined && name !== vsan.active.name)) return say('Zoneset not present');
      return vsan.mode === 'basic'
        ? say(deactivateBasic(context.state, vsan, context.nowMs))
        : stageActivation(context, vsan, undefined);
    }),
  ),
);

const commitNow = (context: Context, vsan: Vsan): Reply =>
  unlessBusy(context, vsan, () => say(commit(context.state, context.actor, vsan, context.nowMs)));

const commitZones = writes((context, args) =>
  withVsan(context, args, (vsan) => {
    if (!vsan.confirmCommit || !vsan.session || isForeign(context, vsan)) return commitNow(context, vsan);
    const diff = showPendingDiff(context.state, context.at, vsan);
    return asked(['The following zoning changes are about to be committed', ...diff], (later) =>
      commitNow(later, vsan),
    );
  }),
);

const abortZones = writes((context, args) =>
  withVsan(context, args, (vsan) => {
    const inTheWay = obstacle(context.state, context.actor, vsan);
    const refusal = inTheWay ?? abort(context.actor, vsan);
    return refusal === undefined ? say() : say(refusal);
  }),
);

const modeNow = (context: Context, vsan: Vsan, mode: Vsan['mode']): Reply =>
  unlessBusy(context, vsan, () => say(changeMode(context.state, context.actor, vsan, mode, context.nowMs)));

const setMode = (mode: Vsan['mode']) =>
  writes((context, args) =>
    withVsan(context, args, (vsan) => {
      if (vsan.mode === mode) return modeNow(context, vsan, mode);
      const warning =
        'WARNING: This command would distribute the zoning database of this switch throughout the fabric.';
      return asked([warning], (later) => modeNow(later, vsan, mode));
    }),
  );

const setDefaultZone = (access: DefaultZone) =>
  writes((context, args) =>
    withVsan(context, args, (vsan) => {
      const reply = changed(context, vsan.id, (pending) => {
        if (pending.defaultZone === access) return 'No zone policy change';
        pending.defaultZone = access;
        return undefined;
      });
      // Basic mode: the policy of this switch alone, at once.
      const { defaultZone } = zoningOf(context.at, vsan.id);
      const isDone = reply.lines.length === 0 && vsan.mode === 'basic' && defaultZone !== access;
      if (isDone) zoningOf(context.at, vsan.id).defaultZone = access;
      return reply;
    }),
  );

const setSmartZoning = (on: boolean) =>
  writes((context, args) =>
    withVsan(context, args, (vsan) => {
      const { state, actor, nowMs } = context;
      const inTheWay = obstacle(state, actor, vsan);
      if (inTheWay !== undefined) return say(inTheWay);
      if (vsan.mode === 'basic') return say(changeSmartZoning(state, vsan, on, nowMs));
      return changed(context, vsan.id, (pending) => {
        pending.smartZoning = on;
        return undefined;
      });
    }),
  );

const setDistribution = (full: boolean) =>
  writes((context, args) =>
    withVsan(context, args, ({ id }) => {
      zoningOf(context.at, id).distributeFull = full;
      return say();
    }),
  );

const setConfirm = (on: boolean) =>
  writes((context, args) =>
    withVsan(context, args, (vsan) => {
      vsan.confirmCommit = on;
      return say();
    }),
  );

const renamed = (rename: (db: Pending['db'], from: string, to: string) => Refusal) =>
  change(({ db }, args) => illegal(args.text('to')) ?? rename(db, args.text('from'), args.text('to')));

export const CONFIG_ZONES: Table = [
  ['zone name <name:name> vsan <vsan:vsan>', enter('config-zone')],
  ['no zone name <name:name> vsan <vsan:vsan>', change(({ db }, args) => removeZone(db, args.text('name')))],
  ['zone rename <from:name> <to:name> vsan <vsan:vsan>', renamed(renameZone)],
  ['zoneset name <name:name> vsan <vsan:vsan>', enter('config-zoneset')],
  ['no zoneset name <name:name> vsan <vsan:vsan>', change(({ db }, args) => removeZoneset(db, args.text('name')))],
  ['zoneset rename <from:name> <to:name> vsan <vsan:vsan>', renamed(renameZoneset)],
  ['zoneset clone <from:name> <to:name> vsan <vsan:vsan>', renamed(cloneZoneset)],
  ['zoneset activate name <name:name> vsan <vsan:vsan>', activate],
  ['no zoneset activate [name <name:name>] vsan <vsan:vsan>', deactivate],
  ['zoneset distribute full vsan <vsan:vsan>', setDistribution(true)],
  ['no zoneset distribute full vsan <vsan:vsan>', setDistribution(false)],
  ['fcalias name <name:name> vsan <vsan:vsan>', enter('config-fcalias')],
  ['no fcalias name <name:name> vsan <vsan:vsan>', change(({ db }, args) => removeFcalias(db, args.text('name')))],
  ['zone commit vsan <vsan:vsan>', commitZones],
  ['no zone commit vsan <vsan:vsan>', abortZones],
  ['zone mode enhanced vsan <vsan:vsan>', setMode('enhanced')],
  ['no zone mode enhanced vsan <vsan:vsan>', setMode('basic')],
  ['zone default-zone permit vsan <vsan:vsan>', setDefaultZone('permit')],
  ['no zone default-zone permit vsan <vsan:vsan>', setDefaultZone('deny')],
  ['zone smart-zoning enable vsan <vsan:vsan>', setSmartZoning(true)],
  ['no zone smart-zoning enable vsan <vsan:vsan>', setSmartZoning(false)],
  ['zone confirm-commit enable vsan <vsan:vsan>', setConfirm(true)],
  ['no zone confirm-commit enable vsan <vsan:vsan>', setConfirm(false)],
];
