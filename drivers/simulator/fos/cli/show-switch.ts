/**
 * `switchshow`. Shapes: ttrnecka/brocadesan (test/outputs/switch_1.txt, switch_2.txt, vf_switch_1.txt, MIT: a director of
 * FOS 6.4, and fixed switches of FOS 7), and for tabs after the keys a published log of a Brocade 300 of FOS 7.
 */
import {
  type FosFabric,
  type FosLogin,
  type FosPort,
  type FosState,
  type FosSwitch,
  localSwitch,
} from '../state/model.ts';

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Address of a port, and of the n-th device on it. */
export const portAddress = ({ domain }: FosSwitch, { index }: FosPort, device = 0): string =>
  `${hex(domain)}${hex(index % 256)}${hex(device)}`;

function deviceText(logins: readonly FosLogin[]): string {
  const [first, ...virtual] = logins;
  if (!first) return '';
  return virtual.length > 0 ? `F-Port  1 N Port + ${virtual.length} NPIV public ` : `F-Port  ${first.wwpn} `;
}

function protoText({ peer, logins, disabled }: FosPort): string {
  if (disabled) return 'Disabled (Persistent)';
  if (peer) return `E-Port  ${peer.wwn} "${peer.name}"${peer.upstream ? ' (upstream)' : ''} `;
  return deviceText(logins);
}

function portLine(own: FosSwitch, port: FosPort): string {
  const { index, slot, media, speed, state } = port;
  const address = state === 'No_Module' && slot !== undefined ? '------' : portAddress(own, port);
  const place = slot === undefined ? `${port.port}`.padStart(4) : `${slot}`.padStart(4) + `${port.port}`.padStart(5);
  const head = `${`${index}`.padStart(4)}${place}   ${address}   ${media.padEnd(2)}    ${speed}`;
  return `${head.padEnd(slot === undefined ? 30 : 35)}   ${state.padEnd(12)}FC  ${protoText(port)}`;
}

const zoningText = ({ effective }: FosFabric): string => (effective ? `ON (${effective.cfg})` : 'OFF');

/** As on the served switch. */
export function switchLines({ virtualFabrics, defaultFid }: FosState, fabric: FosFabric): string[] {
  const own = localSwitch(fabric);
  const isDirector = own.ports.some(({ slot }) => slot !== undefined);
  const attributes = `[FID: ${fabric.fid}, Base Switch: No, Default Switch: ${fabric.fid === defaultFid ? 'Yes' : 'No'}, Address Mode 0]`;
  const header = isDirector
    ? 'Index Slot Port Address Media  Speed        State    Proto'
    : 'Index Port Address  Media Speed       State   Proto';
  return [
    `switchName:\t${own.name}`,
    `switchType:\t${own.type}`,
    'switchState:\tOnline   ',
    'switchMode:\tNative',
    `switchRole:\t${fabric.principalDomain === own.domain ? 'Principal' : 'Subordinate'}`,
    `switchDomain:\t${own.domain}`,
    `switchId:\tfffc${hex(own.domain)}`,
    `switchWwn:\t${own.wwn}`,
    `zoning:\t\t${zoningText(fabric)}`,
    'switchBeacon:\tOFF',
    `FC Router:\t${fabric.routed ? 'ON' : 'OFF'}`,
    ...(fabric.routed ? [`FC Router BB Fabric ID:\t${fabric.fid}`] : []),
    ...(virtualFabrics ? ['Allow XISL Use:\tOFF', `LS Attributes:\t${attributes}`] : []),
    '',
    header,
    '='.repeat(header.length),
    ...own.ports.map((port) => portLine(own, port)),
  ];
}
