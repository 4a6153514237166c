/** coprhd initiator replace: another port of a host in the place of one, after an HBA was exchanged. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { changeByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import {
  approvalFlags,
  attestFlag,
  pendingFlag,
  pendingInput,
  variableFlag,
  waitIdleFlag,
  waitIdleInput,
} from '../_base/flags.ts';
import { renamedIn } from '../_base/initiator-text.ts';
import { readSource } from '../_base/plan-files.ts';
import { commandLine, usageError } from '../_base/usage.ts';
import { writeText } from '../_base/write-text.ts';

export default class InitiatorReplace extends EngineCommand<typeof InitiatorReplace> {
  static override summary = 'Put a new initiator in the place of an old one, with the same paths.';
  static override description =
    'After an HBA was exchanged: the new port gets the storage ports that the old one had, with zones and masks on all storage systems, and the old one loses them. With plan files: the old name is replaced in them where it stands, which is shown first; the files are written when the plan is confirmed, before anything is applied, so that after an interruption the same command (or coprhd apply) goes on. With --host: of a host that was made by name.\n\nAn old initiator that is logged in is held: --attest-offline says that it may go.';
  static override examples = [
    {
      description: 'Show what would change, in the files and on the devices',
      command: '<%= config.bin %> initiator replace 10:00:00:10:9b:00:00:01 10:00:00:10:9b:00:00:07 plans --dry-run',
    },
    {
      description: 'Of a host that was made by name',
      command: '<%= config.bin %> initiator replace 10:00:00:10:9b:00:00:01 10:00:00:10:9b:00:00:07 --host db-1',
    },
  ];
  static override args = {
    old: Args.string({ description: 'WWPN or IQN that goes.', required: true }),
    new: Args.string({ description: 'WWPN or IQN that takes its place.', required: true }),
    path: Args.string({ description: 'Plan files or directories that declare the host.', multiple: true }),
  };
  static override flags = {
    host: Flags.string({ summary: 'The host, where no file declares it.', helpValue: 'NAME' }),
    var: variableFlag,
    'attest-offline': attestFlag,
    'wait-idle': waitIdleFlag,
    'activate-pending': pendingFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { host } = this.flags;
    const paths = this.args.path ?? [];
    if ((host === undefined) === (paths.length === 0)) {
      usageError('either plan files or --host', 'name the files that declare the host; or --host, where none does');
    }
    return host === undefined ? this.#inFiles(paths) : this.#byName(host);
  }

  async #inFiles(paths: readonly string[]): Promise<OperationOutcome> {
    const { old, new: fresh } = this.args;
    const { flags, cli } = this;
    const source = await readSource(paths, flags.var ?? [], flags.state);
    const changed = renamedIn(source.texts, old, fresh);
    if (changed.places.length === 0 && !changed.isDone) {
      usageError(`no file says ${old}`, 'check the name, and name the files that declare the host');
    }
    if (changed.places.length === 0) cli.say('', `the files say ${fresh} already, and no ${old}`);
    cli.line({ type: 'files', places: changed.places });
    if (cli.mode.format === 'human') {
      cli.out(changed.places.map(({ file, line }) => `${file}:${line}: ${old} becomes ${fresh}`));
    }
    const attest = flags['attest-offline'];
    const input = {
      ...source,
      texts: changed.texts,
      ...(attest === undefined ? {} : { attestOffline: attest }),
      ...waitIdleInput(flags),
      ...pendingInput(flags),
    };
    const command = commandLine('initiator', 'replace', old, fresh, ...paths);
    const begin = async () => {
      for (const { file, text } of changed.texts) {
        if (source.texts.some((before) => before.file === file && before.text !== text)) {
          await writeText(file, text, { replace: true });
        }
      }
    };
    return planThenApply(cli, { ...flowOptions(flags, command), begin }, () => cli.call('plan', input));
  }

  async #byName(host: string): Promise<OperationOutcome> {
    const { old, new: fresh } = this.args;
    const address = host.includes('.') ? host : `host.${host}`;
    const { resources } = await this.cli.call('show', { address });
    const found = (resources[0]?.children ?? []).map(({ attributes }) => attributes as Partial<ShownInitiator>);
    const own = found.find(({ portName }) => portName?.toLowerCase() === old.toLowerCase());
    if (own?.network === undefined) usageError(`${host} has no initiator ${old}`, commandLine('show', address));
    return changeByName(this.cli, this.flags, 'host', address, {
      add: { initiators: [{ [own.protocol === 'fc' ? 'wwpn' : 'iqn']: fresh, network: own.network }] },
      remove: { initiators: [old] },
    });
  }
}

interface ShownInitiator {
  readonly portName: string;
  readonly protocol: string;
  readonly network: string;
}
