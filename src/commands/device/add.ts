/** coprhd device add: registers a storage system. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { EngineCommand } from '../_base/command.ts';
import { reachFlags, reachInput, reachWords, settingFlag, settingInput } from '../_base/device-flags.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

const MODES = ['observe', 'propose', 'manage'] as const;

export default class DeviceAdd extends EngineCommand<typeof DeviceAdd> {
  static override summary = 'Register a storage system.';
  static override description =
    'The same as declaring it under storageSystems in a plan file. It is only observed unless a mode is given, and nothing of it may be changed without a pool in scope.';
  static override examples = [
    {
      description: 'A simulated array, to be managed',
      command:
        '<%= config.bin %> device add sim-1 --driver simulator --set directory=.coprhd-sim --set array=sim-1 --mode manage --pool fast',
    },
    {
      description: 'A Linux target on this machine; values with parts are JSON',
      command:
        '<%= config.bin %> device add tgt-1 --driver tgt --set socket=/run/tgtd/socket --set controlPort=0 --set configDirectory=/etc/tgt/coprhd --set \'pools={"fast":"/srv/fast"}\'',
    },
    {
      description: 'A tgt array on another machine, over SSH; the plan shows its host key, which is pinned',
      command:
        '<%= config.bin %> device add array-1 --driver tgt --endpoint ssh://root@10.0.0.1 --credential agent --set socket=/run/tgtd/socket --set controlPort=0 --set configDirectory=/etc/coprhd-tgt --set \'pools={"main":"/srv/pool"}\'',
    },
  ];
  static override args = { name: Args.string({ description: 'Name of the storage system.', required: true }) };
  static override flags = {
    driver: Flags.string({ summary: 'Driver; see coprhd driver list.', helpValue: 'NAME', required: true }),
    ...settingFlag,
    mode: Flags.option({
      summary: 'What may be done with it; propose only observes for now.',
      options: MODES,
      default: 'observe' as const,
    })(),
    pool: Flags.string({
      summary: 'A pool in scope, as the device names it; may be repeated.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'all-pools': Flags.boolean({ summary: 'All pools that it has now are in scope.', exclusive: ['pool'] }),
    ...reachFlags,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { flags, cli } = this;
    const { name } = this.args;
    const input = {
      name,
      driver: flags.driver,
      ...settingInput(flags),
      mode: flags.mode,
      pools: flags.pool ?? [],
      ...(flags['all-pools'] ? { allPools: true } : {}),
      ...reachInput(flags),
    };
    const words = [
      ...['--driver', flags.driver, '--mode', flags.mode],
      ...(flags.pool ?? []).flatMap((each) => ['--pool', each]),
      ...(flags['all-pools'] ? ['--all-pools'] : []),
      ...reachWords(flags),
    ];
    const options = flowOptions(flags, commandLine('device', 'add', name, ...words));
    return planThenApply(cli, options, () => cli.call('device.add', input));
  }
}
