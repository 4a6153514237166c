/** Device aliases: their prompt, their changes, commit and abort. */
import {
  abortAliases,
  addAlias,
  commitAliases,
  editAliases,
  removeAlias,
  renameAlias,
  setAliasMode,
} from '../state/device-aliases.ts';
import type { AliasContent } from '../state/types.ts';
import type { Refusal } from '../state/zone-db.ts';
import { illegal, type Table, writes } from './command.ts';
import { say } from './context.ts';
import type { Arguments } from './grammar.ts';

const said = (refusal: Refusal) => (refusal === undefined ? say() : say(refusal));

const change = (run: (pending: AliasContent, args: Arguments) => Refusal) =>
  writes(({ state, actor }, args) => said(editAliases(state, actor, (pending) => run(pending, args))));

export const CONFIG_ALIASES: Table = [
  [
    'device-alias database',
    writes(({ session }) => {
      session.mode = { in: 'config-device-alias-db' };
      return say();
    }),
  ],
  ['device-alias commit', writes(({ state, actor }) => said(commitAliases(state, actor)))],
  ['{device-alias abort|no device-alias commit}', writes(({ state, actor }) => said(abortAliases(state, actor)))],
  ['device-alias distribute', writes(() => say())],
  ['device-alias mode enhanced', change((pending) => setAliasMode(pending, 'enhanced'))],
  ['no device-alias mode enhanced', change((pending) => setAliasMode(pending, 'basic'))],
];

export const ALIAS_ENTRIES: Table = [
  [
    'device-alias name <name:name> pwwn <wwn:wwn>',
    change((pending, args) => illegal(args.text('name')) ?? addAlias(pending, args.text('name'), args.text('wwn'))),
  ],
  ['no device-alias name <name:name>', change((pending, args) => removeAlias(pending, args.text('name')))],
  [
    'device-alias rename <from:name> <to:name>',
    change((pending, args) => illegal(args.text('to')) ?? renameAlias(pending, args.text('from'), args.text('to'))),
  ],
];
