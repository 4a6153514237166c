/** The commands that edit zoning in the switch's transaction. They print nothing when they did it. */
import {
  addMembers,
  createObject,
  deleteObject,
  type NamingRules,
  type ObjectKind,
  type ObjectSpec,
  removeMembers,
} from '../state/edits.ts';
import { transactionAt, type ZoneDatabase } from '../state/model.ts';
import { FosRefusal } from '../state/refusal.ts';
import { edited, otherOpenDomains, rulesOf } from '../state/transaction.ts';
import {
  type CliAnswer,
  type CliCall,
  type CliCommand,
  fabricOfCall,
  printed,
  silent,
  traitsOfCall,
} from './command.ts';
import { OPEN_ELSEWHERE } from './texts.ts';

const VERBS = ['create', 'add', 'remove', 'delete'] as const;
type Verb = (typeof VERBS)[number];

const membersOf = (text: string): string[] =>
  text
    .split(';')
    .map((member) => member.trim())
    .filter((member) => member !== '');

function usage(call: CliCall, name: string, withMembers: boolean): CliAnswer {
  const list = withMembers ? ', "member;member;..."' : '';
  return printed(call, ['Invalid Parameters', `Usage: ${name} "arg1"${list}`]);
}

const EDITS = {
  create: createObject,
  add: addMembers,
  remove: removeMembers,
  delete: (database, { kind, name }) => deleteObject(database, kind, name),
} as const satisfies Record<Verb, (database: ZoneDatabase, spec: ObjectSpec, rules: NamingRules) => ZoneDatabase>;

function apply(call: CliCall, verb: Verb, spec: ObjectSpec): CliAnswer {
  const { state, actor } = call;
  const fabric = fabricOfCall(call);
  if (verb === 'delete' && spec.kind === 'cfg' && fabric.effective?.cfg === spec.name) {
    throw new FosRefusal('in-use', `error: "${spec.name}" should not be deleted, it is the effective configuration`);
  }
  const edit = EDITS[verb] as (database: ZoneDatabase, of: ObjectSpec, rules: NamingRules) => ZoneDatabase;
  const next = edited(state, actor, (buffer) => edit(buffer, spec, rulesOf(state, actor.fid)));
  const opens = transactionAt(fabric) === undefined;
  return opens && otherOpenDomains(fabric).length > 0
    ? printed({ ...call, state: next }, OPEN_ELSEWHERE)
    : silent(next);
}

/** `zonecreate "name", "m1;m2"` and its like. */
function editCommand(name: string, kind: ObjectKind, verb: Verb): CliCommand {
  return {
    changes: true,
    run: (call) => {
      if (kind === 'zone' && call.args[0] === '--peerzone') return peerCommand(call, name, verb, call.args.slice(1));
      const [object, list, ...more] = call.args;
      const members = membersOf(list ?? '');
      const wantsMembers = verb !== 'delete';
      if (!object || more.length > 0 || wantsMembers !== members.length > 0) return usage(call, name, wantsMembers);
      return apply(call, verb, { kind, name: object, members });
    },
  };
}

const optionOf = (args: readonly string[], ...names: readonly string[]): string[] => {
  const at = args.findIndex((arg) => names.includes(arg));
  return at < 0 ? [] : membersOf(args[at + 1] ?? '');
};

/** `zonecreate --peerzone "name" -principal "p1;p2" -members "m1;m2"`. */
function peerCommand(call: CliCall, name: string, verb: Verb, args: readonly string[]): CliAnswer {
  const principals = optionOf(args, '-principal');
  const members = optionOf(args, '-members', '-member');
  const isShort = verb === 'create' && principals.length === 0;
  if (!traitsOfCall(call).peerZones || !args[0] || args[0].startsWith('-') || isShort) {
    return printed(call, [
      `Usage: ${name} --peerzone "peerzone_name" -principal "member_list" [-members "member_list"]`,
    ]);
  }
  return apply(call, verb, { kind: 'zone', name: args[0], members, principals });
}

/** `zone --create -peerzone ...`: the other spelling of `zonecreate --peerzone`. */
const zoneCommand: CliCommand = {
  changes: true,
  run: (call) => {
    const [option = '', ...rest] = call.args;
    const verb = VERBS.find((one) => option === `--${one}`);
    const isPeer = rest[0] === '-peerzone' || rest[0] === '--peerzone';
    if (verb && isPeer) return peerCommand(call, `zone ${option}`, verb, rest.slice(1));
    return printed(call, ['Usage: zone --create|--add|--remove|--delete -peerzone "peerzone_name" ...']);
  },
};

const KINDS: readonly (readonly [prefix: string, kind: ObjectKind])[] = [
  ['zone', 'zone'],
  ['ali', 'alias'],
  ['cfg', 'cfg'],
];

export const ZONE_COMMANDS: Readonly<Record<string, CliCommand>> = {
  zone: zoneCommand,
  ...Object.fromEntries(
    KINDS.flatMap(([prefix, kind]) =>
      VERBS.map((verb) => [`${prefix}${verb}`, editCommand(`${prefix}${verb}`, kind, verb)]),
    ),
  ),
};
