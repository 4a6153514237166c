/** `fcrfabricshow`. Shape: Brocade's Fabric OS command reference. */
import { type FosFabric, localSwitch } from '../state/model.ts';

export function routedLines(fabric: FosFabric): string[] {
  if (!fabric.routed) return ['FC Router service is disabled.'];
  const { wwn, domain, address, name } = localSwitch(fabric);
  return [
    `FC Router WWN: ${wwn}, Dom ID: ${`${domain}`.padStart(3)},`,
    `Info: ${address}, "${name}"`,
    'EX_Port     FID        Neighbor Switch Info (enet IP, WWN, name)',
    '------------------------------------------------------------------------',
    ...fabric.routed.map(
      (edge) =>
        `${`${edge.port}`.padStart(4)}        ${`${edge.fid}`.padStart(3)}       ${edge.address.padEnd(15)} ${edge.wwn} "${edge.name}"`,
    ),
    '',
  ];
}
