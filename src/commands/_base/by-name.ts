/** What the commands share that make, list, show and remove resources by name, without a file. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { InputOf } from '../../engine/operations/types.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByNameView } from '../../views/by-name.ts';
import { showView } from '../../views/show.ts';
import { type FlowFlags, flowOptions, planThenApply } from './apply-flow.ts';
import type { Cli } from './cli.ts';
import { approvalFlags, attestFlag } from './flags.ts';
import { commandLine, usageError } from './usage.ts';

/** Kinds that have such commands, as people type them. */
type ByNameKind = Extract<
  InputOf<'resource.create'>['kind'],
  'volume' | 'snapshot' | 'export' | 'host' | 'network' | 'project' | 'tenant'
>;

export const nameArgument = (what: string) => ({
  name: Args.string({ description: `Name of the ${what}.`, required: true }),
});

export const projectFlag = Flags.string({ summary: 'Project that it is in.', helpValue: 'NAME', required: true });

const onlyFlag = (what: string) => Flags.string({ summary: `Only of this ${what}.`, helpValue: 'NAME' });
export const listFlags = { project: onlyFlag('project'), tenant: onlyFlag('tenant') };

export const addressArgument = (kind: ByNameKind) => ({
  address: Args.string({
    description: `Address or URN, or its name where only one has it: ${kind}.NAME, STACK/${kind}.NAME.`,
    required: true,
  }),
});

export const removeFlags = {
  attest: attestFlag,
  force: Flags.boolean({
    summary: 'Also what a plan file declares; once it is deleted for good, the next plan of that file makes a new one.',
  }),
  ...approvalFlags,
};

export async function createByName(
  cli: Cli,
  flags: FlowFlags,
  input: InputOf<'resource.create'>,
): Promise<OperationOutcome> {
  const options = flowOptions(flags, commandLine(input.kind, 'create', ...Object.keys(input.resources)));
  return planThenApply(cli, options, () => cli.call('resource.create', input));
}

export async function removeByName(
  cli: Cli,
  flags: FlowFlags & { readonly attest?: string | undefined; readonly forget?: boolean; readonly force?: boolean },
  kind: ByNameKind,
  names: readonly string[],
): Promise<OperationOutcome> {
  const { attest, forget, force } = flags;
  const input = {
    addresses: names.map((name) => withKind(kind, name)),
    ...(forget ? { forget } : {}),
    ...(force ? { force } : {}),
    ...(attest === undefined ? {} : { attestOffline: attest }),
  };
  const options = flowOptions(flags, commandLine(kind, 'delete', ...names));
  return planThenApply(cli, options, () => cli.call('resource.remove', input));
}

type Patch = Omit<InputOf<'resource.change'>, 'addresses'>;

/** Lists with nothing in them are left out; a change of nothing is refused. */
export async function changeByName(
  cli: Cli,
  flags: FlowFlags,
  kind: ByNameKind,
  name: string,
  { set = {}, add = {}, remove = {}, attestOffline, rename }: Patch,
): Promise<OperationOutcome> {
  const some = <T>(lists: Readonly<Record<string, readonly T[]>>) =>
    Object.fromEntries(Object.entries(lists).filter(([, entries]) => entries.length > 0));
  const patch = { set: said(set), add: some(add), remove: some(remove) };
  const more = said({ attestOffline, rename });
  if (rename === undefined && Object.values(patch).every((part) => Object.keys(part).length === 0)) {
    usageError('nothing to change is given', `coprhd ${kind} change --help says what can be`);
  }
  const options = flowOptions(flags, commandLine(kind, 'change', name));
  return planThenApply(cli, options, () =>
    cli.call('resource.change', { addresses: [withKind(kind, name)], ...patch, ...more }),
  );
}

type Verb = InputOf<'copy.invoke'>['verb'];

export const wholeSetFlag = Flags.boolean({
  summary: 'With all that were made with it, of the same consistency group and moment.',
});

/** What is done once to a copy: shown, then done. */
export async function invokeCopy(
  cli: Cli,
  flags: FlowFlags & { readonly attest?: string | undefined; readonly 'whole-set'?: boolean },
  word: Exclude<Verb, 'resynchronise'> | 'resync',
  name: string,
): Promise<OperationOutcome> {
  const verb: Verb = word === 'resync' ? 'resynchronise' : word;
  const more = said({ wholeSet: flags['whole-set'] || undefined, attestOffline: flags.attest });
  const input = { verb, addresses: [withKind('volume', name)], ...more };
  const options = flowOptions(flags, commandLine('copy', word, name));
  return planThenApply(cli, options, () => cli.call('copy.invoke', input));
}

export async function listByName(
  cli: Cli,
  kind: ByNameKind,
  flags: { readonly project?: string | undefined; readonly tenant?: string | undefined },
): Promise<OperationOutcome> {
  const { project, tenant } = flags;
  return cli.finish(await cli.call('resource.list', { kind, project, tenant }), listByNameView(kind));
}

export async function showByName(cli: Cli, kind: ByNameKind, name: string): Promise<OperationOutcome> {
  return cli.finish(await cli.call('show', { address: withKind(kind, name) }), showView(true));
}

/** A bare name is one of this kind. */
export function withKind(kind: ByNameKind, name: string): string {
  return name.includes('.') || name.startsWith('urn:') ? name : `${kind}.${name}`;
}

/** Without what was not said. */
export function said<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
