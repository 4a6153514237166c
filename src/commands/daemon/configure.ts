/** coprhd daemon configure: how daemons serve, kept in state. */
import { readFileSync } from 'node:fs';
import * as Flags from '@oclif/core/flags';
import { SERVICE_NAMES } from '../../engine/operations/daemon-types.ts';
import type { InputOf } from '../../engine/operations/types.ts';
import { fail, type OperationOutcome } from '../../lib/diagnostic.ts';
import { daemonSettingsView } from '../../views/daemon.ts';
import { EngineCommand } from '../_base/command.ts';
import { reasonOf } from '../_base/plan-files.ts';
import { usageError } from '../_base/usage.ts';

const SETTINGS = ['listen', 'services', 'allowLocal'] as const;

export default class DaemonConfigure extends EngineCommand<typeof DaemonConfigure> {
  static override summary = 'Tell nodes that start with a bootstrap file how to serve.';
  static override description =
    'Kept in state; nodes follow when they are started again. What is told a node goes before what all are told. A certificate is of one node; its key goes to the vault, and is never shown.';
  static override examples = [
    { description: 'All nodes', command: '<%= config.bin %> daemon configure --listen 0.0.0.0:4443' },
    {
      description: 'Another certificate of one node',
      command: '<%= config.bin %> daemon configure --node node-1 --certificate node-1.crt --certificate-key node-1.key',
    },
    { description: 'As the program has it again', command: '<%= config.bin %> daemon configure --reset services' },
  ];
  static override flags = {
    node: Flags.string({ summary: 'Only this node.', helpValue: 'NAME' }),
    listen: Flags.string({ summary: 'Address and port.', helpValue: 'HOST:PORT' }),
    service: Flags.option({
      summary: 'Part of the API to serve; may be repeated.',
      options: SERVICE_NAMES,
      multiple: true,
    })(),
    'allow-local': Flags.boolean({ summary: 'Let devices and credentials of the node be used.', allowNo: true }),
    certificate: Flags.file({ summary: 'PEM file.', helpValue: 'FILE', dependsOn: ['certificate-key', 'node'] }),
    'certificate-key': Flags.file({
      summary: 'PEM file, without a passphrase.',
      helpValue: 'FILE',
      dependsOn: ['certificate'],
    }),
    reset: Flags.option({
      summary: 'A setting that is told no more; may be repeated.',
      options: SETTINGS,
      multiple: true,
    })(),
  };

  protected async perform(): Promise<OperationOutcome> {
    const {
      node,
      listen,
      service,
      certificate,
      'certificate-key': key,
      'allow-local': allowLocal,
      reset = [],
    } = this.flags;
    const input: InputOf<'daemon.configure'> = {
      ...(node === undefined ? {} : { node }),
      ...(listen === undefined ? {} : { listen }),
      ...(service === undefined ? {} : { services: service }),
      ...(allowLocal === undefined ? {} : { allowLocal }),
      ...(certificate === undefined || key === undefined
        ? {}
        : { tls: { certificate: read(certificate), key: read(key) } }),
      ...Object.fromEntries(reset.map((setting) => [setting, null])),
    };
    const told = Object.keys(input).filter((field) => field !== 'node');
    if (told.length === 0) usageError('nothing is told', 'coprhd daemon configure --help');
    return this.cli.finish(await this.cli.call('daemon.configure', input), daemonSettingsView);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const summary = `${file} can't be read: ${reasonOf(error)}`;
    return fail('error', { code: 'COPRHD-DAEMON-002', summary, fix: 'name a PEM file' });
  }
}
