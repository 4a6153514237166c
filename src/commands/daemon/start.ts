/** coprhd daemon start: serves the state to many, over HTTPS. */
import * as Flags from '@oclif/core/flags';
import { SERVICE_NAMES } from '../../daemon/service-names.ts';
import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import { daemonView } from '../../views/daemon.ts';
import { readBootstrap } from '../_base/bootstrap-file.ts';
import { EngineCommand } from '../_base/command.ts';
import type { DaemonStart } from '../_base/context.ts';
import { usageError } from '../_base/usage.ts';

export default class StartDaemon extends EngineCommand<typeof StartDaemon> {
  static override summary = 'Serve the state over HTTPS, to many users at once.';
  static override description =
    "Runs until SIGTERM or Ctrl-C, which let no work begin another step and wait for what is under way; whatever is left is gone on with by another daemon on the same state, or at the next start. The first start makes the password of root and prints it, once; and a key and a certificate, whose fingerprint is printed at every start. Credentials env:, file: and agent, and devices on the daemon's own machine, are refused without --allow-local: who may declare devices could read files of the daemon with them.";
  static override examples = [
    { description: 'On this machine, with the state in .coprhd', command: '<%= config.bin %> daemon start' },
    {
      description: 'One of several nodes on one etcd',
      command: '<%= config.bin %> daemon start --state etcd://a,b,c --listen 10.0.0.1:4443 --tls /etc/coprhd',
    },
    {
      description:
        'The same with a file that says where the state is, who the node is, and where the key of the vault is',
      command: '<%= config.bin %> daemon start --bootstrap /etc/coprhd/node.yaml',
    },
  ];
  static override flags = {
    bootstrap: Flags.file({
      summary: 'File with state, node and key of one of several nodes; all else is in state (daemon configure).',
      helpValue: 'FILE',
      exclusive: ['listen', 'tls', 'service', 'allow-local'],
    }),
    listen: Flags.string({ summary: 'Address and port.', helpValue: 'HOST:PORT', default: '0.0.0.0:4443' }),
    tls: Flags.string({
      summary: 'Directory with tls.key and tls.crt; made there when it has neither.',
      helpValue: 'DIR',
      default: '.coprhd-daemon',
    }),
    service: Flags.option({
      summary: 'Serve only this part of the API (auth: logins; sys: system calls; api: all else); may be repeated.',
      options: SERVICE_NAMES,
      multiple: true,
    })(),
    'allow-local': Flags.boolean({ summary: 'Let devices and credentials of this machine be used.' }),
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { cli } = this;
    const start = cli.context.startDaemon ?? usageError('nothing can be served from here', 'run it on a machine');
    const daemon = await start({
      ...this.told(),
      version: this.config.version,
      onError: (error, call) => cli.diagnose([internalError(error, call)]),
    });
    const { stop, ...facts } = daemon;
    cli.show(daemonView, facts);
    cli.line({ type: 'daemon.started', ...facts });
    await new Promise<void>((resolve) => {
      if (cli.signal.aborted) resolve();
      cli.signal.addEventListener('abort', () => resolve());
    });
    const drained = await stop();
    return cli.finish({ outcome: 'ok', diagnostics: drained ? [] : [leftOver()] });
  }

  private told(): Pick<DaemonStart, 'state' | 'how'> {
    const { bootstrap, listen, tls, 'allow-local': allowLocal, state, service: services } = this.flags;
    if (bootstrap !== undefined) {
      const { state: place, node, key: keyFile } = readBootstrap(bootstrap);
      return { state: place, how: { node, keyFile } };
    }
    if (!/^.+:\d{1,5}$/.test(listen)) usageError(`--listen ${listen} is not HOST:PORT`, 'write 0.0.0.0:4443');
    return { state, how: { listen, tls, allowLocal, services } };
  }
}

/** In the log of the daemon, which its users don't see. */
function internalError(error: unknown, call: string): Diagnostic {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'COPRHD-INTERNAL-001',
    severity: 'error',
    summary: `call ${call}: ${text}`,
    fix: 'report it, with this',
  };
}

function leftOver(): Diagnostic {
  return {
    code: 'COPRHD-APPLY-005',
    severity: 'warning',
    summary: 'some work was still under way when the daemon stopped',
    fix: 'another daemon on this state goes on with it, or the next start, or coprhd recover',
  };
}
