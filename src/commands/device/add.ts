/** coprhd device add: registers a storage or network system. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { EngineCommand } from '../_base/command.ts';
import { reachFlags, reachInput, reachWords, settingFlag, settingInput } from '../_base/device-flags.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

const MODES = ['observe', 'propose', 'manage'] as const;
const KINDS = { 'storage-system': 'storageSystem', 'network-system': 'networkSystem' } as const;

export default class DeviceAdd extends EngineCommand<typeof DeviceAdd> {
  static override summary = 'Register a storage or network system.';
  static override description =
    'The same as declaring it under storageSystems or networkSystems in a plan file. It is only observed unless a mode is given, and nothing of it may be changed without a scope: pools of a storage system, fabrics or VSANs of a network system. Which fabric is which network is said in a plan file, under networks.';
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
    {
      description: 'A Brocade switch over SSH, for the zones of its fabric',
      command:
        '<%= config.bin %> device add core-a --driver brocade-fos --endpoint ssh://coprhd@10.0.0.21 --credential vault:switches/core-a --mode manage --fabric net-a',
    },
    {
      description: 'A Cisco MDS switch, for two of its VSANs',
      command:
        '<%= config.bin %> device add core-b --driver cisco-mds --endpoint ssh://coprhd@10.0.0.22 --credential vault:switches/core-b --mode manage --vsan 20 --vsan 21',
    },
  ];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };
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
    kind: Flags.option({
      summary: 'What it is, where its driver is for both.',
      options: ['storage-system', 'network-system'] as const,
    })(),
    fabric: Flags.string({
      summary: 'A fabric or network in scope, of a network system; may be repeated.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    vsan: Flags.integer({
      summary: 'A VSAN in scope; may be repeated.',
      helpValue: 'NUMBER',
      min: 1,
      max: 4094,
      multiple: true,
      multipleNonGreedy: true,
    }),
    'all-fabrics': Flags.boolean({
      summary: 'All fabrics that it has now are in scope.',
      exclusive: ['fabric', 'vsan'],
    }),
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
      ...(flags.kind === undefined ? {} : { kind: KINDS[flags.kind] }),
      ...(flags.fabric ? { fabrics: flags.fabric } : {}),
      ...(flags.vsan ? { vsans: flags.vsan } : {}),
      ...(flags['all-fabrics'] ? { allFabrics: true } : {}),
      ...reachInput(flags),
    };
    const words = [
      ...['--driver', flags.driver, '--mode', flags.mode],
      ...(flags.pool ?? []).flatMap((each) => ['--pool', each]),
      ...(flags['all-pools'] ? ['--all-pools'] : []),
      ...(flags.kind === undefined ? [] : ['--kind', flags.kind]),
      ...(flags.fabric ?? []).flatMap((each) => ['--fabric', each]),
      ...(flags.vsan ?? []).flatMap((each) => ['--vsan', String(each)]),
      ...(flags['all-fabrics'] ? ['--all-fabrics'] : []),
      ...reachWords(flags),
    ];
    const options = flowOptions(flags, commandLine('device', 'add', name, ...words));
    return planThenApply(cli, options, () => cli.call('device.add', input));
  }
}
