/** The commands that show. */
import { type FosFabric, shownDatabase, type ZoneDatabase } from '../state/model.ts';
import { type CliCall, type CliCommand, fabricOfCall, printed, shows, traitsOfCall } from './command.ts';
import { fabricLines, firmwareLines, logicalSwitchLines, versionLines } from './show-fabric.ts';
import { localNames, remoteNames } from './show-names.ts';
import { routedLines } from './show-router.ts';
import { switchLines } from './show-switch.ts';
import { sizeLines, transactionLines } from './show-transaction.ts';
import { definedLines, effectiveLines, patternOf, type Wanted, zoningLines } from './show-zoning.ts';

const ofFabric = (lines: (fabric: FosFabric, call: CliCall) => readonly string[]): CliCommand =>
  shows((call) => lines(fabricOfCall(call), call));

/** `cfgshow`, `zoneshow`, `alishow`: all of it, or what matches a pattern. */
function showByName(wanted: (pattern: (name: string) => boolean) => Wanted): CliCommand {
  return {
    run: (call) => {
      const fabric = fabricOfCall(call);
      const [pattern] = call.args.filter((arg) => !arg.startsWith('--'));
      if (pattern === undefined) return printed(call, zoningLines(fabric, traitsOfCall(call)));
      const database: ZoneDatabase = shownDatabase(fabric);
      const lines = definedLines(database, traitsOfCall(call), wanted(patternOf(pattern)));
      return printed(call, lines.length > 0 ? lines : [`error: "${pattern}" does not exist.`]);
    },
  };
}

export const SHOW_COMMANDS: Readonly<Record<string, CliCommand>> = {
  switchshow: ofFabric((fabric, { state }) => switchLines(state, fabric)),
  nsshow: ofFabric((fabric, { state }) => localNames(fabric, state.firmware)),
  nscamshow: ofFabric((fabric, { state }) => remoteNames(fabric, state.firmware)),
  fabricshow: ofFabric(fabricLines),
  cfgshow: showByName((cfgs) => ({ cfgs })),
  zoneshow: showByName((zones) => ({ zones })),
  alishow: showByName((aliases) => ({ aliases })),
  cfgactvshow: ofFabric((fabric, call) => effectiveLines(fabric, traitsOfCall(call))),
  cfgtransshow: ofFabric((fabric, { state, args }) =>
    transactionLines(fabric, state.firmware, args.includes('--opentrans')),
  ),
  cfgsize: ofFabric(sizeLines),
  fcrfabricshow: ofFabric(routedLines),
  errdump: ofFabric(({ raslog }) => ['Version: Fabric OS', '', ...raslog]),
  version: shows(({ state }) => versionLines(state)),
  firmwareshow: shows(({ state }) => firmwareLines(state)),
  lscfg: shows(({ state, args }) => (args.includes('--show') ? logicalSwitchLines(state) : ['Usage: lscfg --show'])),
};
