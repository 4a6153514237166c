/**
 * Fabrics that are served as switches, and what to put into a plan file for them. Rows: `fabric name vendor switch sshPort
 * httpsPort fingerprint` · `account name password`.
 */
import type { ServedFabric } from '../engine/operations/simulating.ts';
import { shellWord } from '../lib/shell-word.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export interface ServingFacts {
  readonly fabrics: readonly ServedFabric[];
  readonly accounts: readonly string[];
  readonly password: string;
}

const SECRET = 'switches';
const [USER, PERSON] = ['coprhd', 'admin'];

const address = ({ host }: ServedFabric, port: number): string => `${host}:${port}`;

function networkSystem(served: ServedFabric): string[] {
  const { fabric, vendor, sshPort, httpsPort, vsan } = served;
  const head = [`  sw-${fabric}:`, `    driver: ${vendor === 'brocade' ? 'brocade-fos' : 'cisco-mds'}`];
  const rest = [`    credential: vault:${SECRET}`, '    mode: manage', `    scope: { fabrics: [${fabric}] }`];
  if (vendor === 'brocade' && httpsPort !== undefined) {
    const endpoint = `    endpoint: https://${address(served, httpsPort)}`;
    return [...head, endpoint, `    configuration: { user: ${USER} }`, ...rest];
  }
  const endpoint = `    endpoint: ssh://${USER}@${address(served, sshPort)}`;
  const configuration = vsan === undefined ? [] : [`    configuration: { vsans: [${vsan}], user: ${USER} }`];
  return [...head, endpoint, ...configuration, ...rest];
}

function network({ fabric, vsan, configuration = 'prod' }: ServedFabric): string {
  const which = vsan === undefined ? `configuration: ${configuration}` : `vsan: ${vsan}, zoneset: ${configuration}`;
  return `  ${fabric}: { transport: fc, networkSystem: sw-${fabric}, ${which} }`;
}

const endpoints = (served: ServedFabric): string => {
  const { httpsPort, sshPort } = served;
  const ssh = `ssh -p ${sshPort} ${PERSON}@${served.host}`;
  return httpsPort === undefined ? ssh : `${ssh}  https://${address(served, httpsPort)}`;
};

export const servingView: View<ServingFacts> = {
  human: ({ fabrics, accounts, password }, { width }) => [
    'Serving, until Ctrl-C:',
    ...table(
      fabrics.map((served) => [served.fabric, served.vendor, served.switch, endpoints(served)]),
      { width, indent: '  ' },
    ),
    `accounts  ${accounts.join(', ')}; password ${password}`,
    ...[...new Set(fabrics.map(({ fingerprint }) => `host key  ${fingerprint}`))],
    '',
    '# in a plan file of kind infrastructure',
    'networkSystems:',
    ...fabrics.flatMap(networkSystem),
    'networks:',
    ...fabrics.map(network),
    '',
    `next, in another window: coprhd secret init; printf %s ${shellWord(password)} | coprhd secret set ${SECRET}`,
  ],
  plain: ({ fabrics, accounts, password }) => [
    ...fabrics.map(({ fabric, vendor, switch: name, sshPort, httpsPort, fingerprint }) => [
      ...['fabric', fabric, vendor, name],
      ...[sshPort, httpsPort ?? '', fingerprint],
    ]),
    ...accounts.map((account) => ['account', account, password]),
  ],
};
