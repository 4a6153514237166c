/** Which initiator reaches which port. Rows: `reach host initiator network system port address state zones path initiatorSwitch initiatorPort portSwitch portPort`. */
import type { Login, Reached } from '../engine/operations/network-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { groupBy } from '../lib/group-by.ts';
import { plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { View } from './view.ts';

const STATES: Readonly<Record<Reached['state'], string>> = {
  reached: 'reached',
  unzoned: 'not zoned',
  'logged-out': 'zoned, not logged in',
  unknown: 'not known: the fabric was not read',
};

const at = (login: Login | undefined): string =>
  login === undefined ? 'not logged in' : `${login.switch} port ${login.port}`;

function lineOf(pair: Reached, style: Style): string[] {
  const { system, port, address, zones, isPath, state } = pair;
  return [
    `${system} ${port}`,
    address,
    at(pair.portLogin),
    state === 'reached' ? STATES.reached : paint(style, 'held', STATES[state]),
    [zones.join(', '), isPath ? 'a path of ours' : ''].filter((text) => text !== '').join('; '),
  ];
}

export const networkReachView: View<ResultOf<'network.reach'>> = {
  human: ({ reached }, style) => {
    if (reached.length === 0) return ['No initiator is zoned with a port of a storage system, and none has a path.'];
    const byInitiator = groupBy(reached, ({ host, initiator }) => `${host} ${initiator}`);
    const count = reached.filter(({ state }) => state === 'reached').length;
    return [
      ...[...byInitiator.values()].flatMap((pairs) => {
        const { host, initiator, network, initiatorLogin } = pairs[0]!;
        const title = `${paint(style, 'strong', host)}  ${initiator}  network ${network}, ${at(initiatorLogin)}`;
        return [
          ...wrap(title, style.width),
          ...table(
            pairs.map((pair) => lineOf(pair, style)),
            { width: style.width, indent: '  ' },
          ),
          '',
        ];
      }),
      `${plural(reached.length, 'pair')}, ${count} reached.`,
    ];
  },
  plain: ({ reached }) =>
    reached.map(({ host, initiator, network, system, port, address, state, zones, isPath, ...logins }) => [
      ...['reach', host, initiator, network, system, port, address, state, zones.join(','), isPath],
      ...[logins.initiatorLogin?.switch, logins.initiatorLogin?.port, logins.portLogin?.switch, logins.portLogin?.port],
    ]),
};
