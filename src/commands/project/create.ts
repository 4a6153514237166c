/** coprhd project create: a project that no file declares. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { createByName, nameArgument, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class ProjectCreate extends EngineCommand<typeof ProjectCreate> {
  static override summary = 'Make a project.';
  static override description =
    'What tenants provision is in projects. It belongs to who makes it, and to no plan file.';
  static override examples = [
    {
      description: 'Of a tenant, with a quota',
      command: '<%= config.bin %> project create web --tenant finance --quota 10TiB',
    },
  ];
  static override args = nameArgument('project');
  static override flags = {
    tenant: Flags.string({ summary: 'Tenant that it is of; by default the root tenant.', helpValue: 'NAME' }),
    quota: Flags.string({ summary: 'How much its volumes may have together.', helpValue: 'SIZE' }),
    'volumes-per-system': Flags.integer({
      summary: 'How many of its volumes may be on one storage system.',
      min: 1,
      helpValue: 'N',
    }),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { tenant, quota, 'volumes-per-system': volumesPerSystem } = this.flags;
    const resources = { [this.args.name]: said({ tenant, quota, volumesPerSystem }) };
    return createByName(this.cli, this.flags, { kind: 'project', resources });
  }
}
