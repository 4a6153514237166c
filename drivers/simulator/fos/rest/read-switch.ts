/**
 * Switches, fabrics, ports and the name server as REST shows them. Shapes: jconsoli/brcddb (util/parse_cli.py, which names
 * the leaves that command lines stand for, Apache-2.0), openstack/cinder (Apache-2.0); names of the name server as the
 * vendor's reference of FOS 9 gives them.
 */
import {
  deviceType,
  fabricPortName,
  type NameEntry,
  namesOf,
  permanentPortName,
  symbolText,
} from '../cli/show-names.ts';
import { portAddress } from '../cli/show-switch.ts';
import { traitsOf } from '../state/firmware.ts';
import { type FosFabric, type FosPort, type FosState, localSwitch } from '../state/model.ts';
import type { JsonObject } from './message.ts';

const fcid = (domain: number): string => `0xfffc${domain.toString(16).padStart(2, '0')}`;

export function switchJson({ firmware, virtualFabrics }: FosState, fabric: FosFabric): readonly JsonObject[] {
  const own = localSwitch(fabric);
  const one = {
    name: own.wwn,
    'domain-id': own.domain,
    'fcid-hex': fcid(own.domain),
    'user-friendly-name': own.name,
    'firmware-version': firmware,
    ...(virtualFabrics ? { 'vf-id': fabric.fid } : {}),
    principal: fabric.principalDomain === own.domain ? 1 : 0,
    'operational-status': 2,
    'is-enabled-state': true,
    model: own.type,
    'ip-address': { 'ip-address': [own.address] },
  };
  return [one];
}

export function fabricSwitchJson({ firmware }: FosState, fabric: FosFabric): readonly JsonObject[] {
  return fabric.switches.map((one) => {
    const isPrincipal = fabric.principalDomain === one.domain;
    return {
      name: one.wwn,
      'switch-user-friendly-name': one.name,
      'chassis-wwn': one.wwn,
      'chassis-user-friendly-name': one.name,
      'domain-id': one.domain,
      'fcid-hex': fcid(one.domain),
      'ip-address': one.address,
      'fcip-address': '0.0.0.0',
      principal: isPrincipal ? 1 : 0,
      ...(traitsOf(firmware).listsOfOne ? { 'is-principal': isPrincipal } : {}),
      'firmware-version': firmware,
    };
  });
}

const FEATURES = { initiator: 'FCP-Initiator', target: 'FCP-Target', unknown: undefined } as const;

function nameJson(entry: NameEntry): JsonObject {
  const { own, port, login, device } = entry;
  const feature = FEATURES[login.role];
  return {
    'port-id': `0x${portAddress(own, port, device)}`,
    'port-name': login.wwpn,
    ...(login.portSymbol === undefined ? {} : { 'port-symbolic-name': symbolText(login.portSymbol) }),
    'fabric-port-name': fabricPortName(entry),
    'permanent-port-name': permanentPortName(entry),
    'node-name': login.wwnn,
    ...(login.nodeSymbol === undefined ? {} : { 'node-symbolic-name': symbolText(login.nodeSymbol) }),
    'class-of-service': 'class-3',
    'fc4-type': 'FCP',
    ...(feature === undefined ? {} : { 'fc4-features': feature }),
    'port-type': login.loop ? 'nl-port' : 'n-port',
    'name-server-device-type': deviceType(entry),
    'port-index': port.index,
    'link-speed': port.speed.replace(/^N?(\d+)G?$/, '$1G'),
  };
}

/** Of the whole fabric. */
export const nameServerJson = (fabric: FosFabric): readonly JsonObject[] =>
  fabric.switches.flatMap((own) => namesOf(own).map(nameJson));

const portName = ({ slot = 0, port }: FosPort): string => `${slot}/${port}`;

export function portsJson(fabric: FosFabric): readonly JsonObject[] {
  const own = localSwitch(fabric);
  return own.ports.map((port) => ({
    name: portName(port),
    index: port.index,
    'fcid-hex': `0x${portAddress(own, port)}`,
    'operational-status': port.state === 'Online' ? 2 : 3,
    'physical-state': port.state.toLowerCase(),
    'is-enabled-state': port.disabled !== true,
    'user-friendly-name': '',
    neighbor: { wwn: port.peer ? [port.peer.wwn] : port.logins.map(({ wwpn }) => wwpn) },
  }));
}

export const logicalSwitchJson = ({ fabrics, defaultFid }: FosState): readonly JsonObject[] =>
  fabrics.map((fabric) => ({
    'fabric-id': fabric.fid,
    'switch-wwn': localSwitch(fabric).wwn,
    'base-switch-enabled': 0,
    'default-switch-status': fabric.fid === defaultFid ? 1 : 0,
    'ficon-mode-enabled': 0,
    'port-member-list': { 'port-member': localSwitch(fabric).ports.map(portName) },
  }));

export function chassisJson({ virtualFabrics, fabrics }: FosState): JsonObject {
  const own = localSwitch(fabrics[0]!);
  return {
    'chassis-wwn': own.wwn,
    'product-name': own.type,
    'serial-number': `SIM${own.wwn.replaceAll(':', '').slice(-8).toUpperCase()}`,
    'vf-enabled': virtualFabrics,
    'vf-supported': true,
  };
}
