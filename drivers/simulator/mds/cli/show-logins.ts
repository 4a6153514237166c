/** `show flogi database` (this switch) and `show fcns database` (the whole fabric). */
import { findFault, halfOf } from '../state/faults.ts';
import { aliasSuffix, portWwn } from '../state/members.ts';
import { type Login, type MdsState, type MdsSwitch, switchOf } from '../state/types.ts';

const RULE_FLOGI = '-'.repeat(80);
const RULE_FCNS = '-'.repeat(74);
const RULE_DETAIL = '-'.repeat(24);

const byFcid = (a: Login, b: Login): number => Number(a.fcid) - Number(b.fcid);
const isOnline = (vsan: number | undefined) => (one: Login) => one.online && (vsan === undefined || one.vsan === vsan);

function aliasLine(state: MdsState, wwpn: string, column: number): string[] {
  const alias = aliasSuffix(state, wwpn).trim();
  return alias === '' ? [] : [`${' '.repeat(column)}${alias}`];
}

export function showFlogi(state: MdsState, at: MdsSwitch, vsan: number | undefined): string[] {
  const here = state.logins.filter((one) => one.switch === at.name && isOnline(vsan)(one));
  return [
    RULE_FLOGI,
    'INTERFACE        VSAN    FCID           PORT NAME               NODE NAME',
    RULE_FLOGI,
    ...here.flatMap((one) => [
      `${one.interface.padEnd(17)}${String(one.vsan).padEnd(6)}${one.fcid}  ${one.wwpn} ${one.wwnn}`,
      ...aliasLine(state, one.wwpn, 27),
    ]),
    '',
    `Total number of flogi = ${here.length}.`,
  ];
}

const fc4 = ({ feature }: Login): string => (feature === '' ? 'scsi-fcp' : `scsi-fcp:${feature}`);

const row = (state: MdsState, one: Login): string[] => [
  `${one.fcid.padEnd(12)}${one.type.padEnd(6)}${one.wwpn} ${(one.vendor ? `(${one.vendor})` : '').padEnd(16)}${fc4(one)}`,
  ...aliasLine(state, one.wwpn, 18),
];

function detail(state: MdsState, one: Login): string[] {
  const at = switchOf(state, one.switch);
  const vendor = one.vendor ? ` (${one.vendor})` : '';
  return [
    RULE_DETAIL,
    `VSAN:${one.vsan}     FCID:${one.fcid}`,
    RULE_DETAIL,
    `port-wwn (vendor)           :${one.wwpn}${vendor}`,
    ...aliasLine(state, one.wwpn, 29),
    `node-wwn                    :${one.wwnn}`,
    'class                       :3',
    'node-ip-addr                :0.0.0.0',
    'ipa                         :ff ff ff ff ff ff ff ff',
    `fc4-types:fc4_features      :${fc4(one)}`,
    'symbolic-port-name          :',
    `symbolic-node-name          :${one.symbolicNode ?? ''}`,
    `port-type                   :${one.type}`,
    'port-ip-addr                :0.0.0.0',
    `fabric-port-wwn             :${portWwn(state, one)}`,
    'hard-addr                   :0x000000',
    `permanent-port-wwn (vendor) :${one.wwpn}${vendor}`,
    `connected interface         :${one.interface}`,
    `switch name (IP address)    :${at.name} (${at.ip})`,
    '',
  ];
}

export interface FcnsQuery {
  readonly vsan: number;
  readonly detail: boolean;
  /** Of this switch only. */
  readonly local: boolean;
}

export function showFcns(state: MdsState, at: MdsSwitch, query: FcnsQuery): string[] {
  const all = state.logins
    .filter((one) => isOnline(query.vsan)(one) && (!query.local || one.switch === at.name))
    .sort(byFcid);
  const fault = findFault(state, 'partial-logins', at.name);
  const shown = halfOf(all, fault !== undefined);
  const count = fault?.silent ? shown.length : all.length;
  const total = `Total number of ${query.local ? 'local ' : ''}entries = ${count}`;
  if (query.detail) return [...shown.flatMap((one) => detail(state, one)), total];
  return [
    '',
    `VSAN ${query.vsan}:`,
    RULE_FCNS,
    'FCID        TYPE  PWWN                    (VENDOR)        FC4-TYPE:FEATURE',
    RULE_FCNS,
    ...shown.flatMap((one) => row(state, one)),
    '',
    total,
  ];
}
