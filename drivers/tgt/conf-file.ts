/**
 * The configuration file of one mask, `<configDirectory>/targets/<mask name>.conf`, in tgt-admin's syntax. Two things
 * live here: the mask's ownership mark (first line), and all that tgtd forgets when it restarts. Pure.
 *
 * tgt-admin admits *every* initiator to a target whose file has no `initiator-address`, even when it lists names; and
 * tgtd admits who matches an address *or* a name. So each file has an address that nobody can come from.
 */
import { canonicalJson, type MarkRequest, type OwnershipMark } from 'coprhd/driver';
import { markText, readMark } from './ownership.ts';
import type { RuntimeTarget } from './parse/show-target.ts';

/** Limited broadcast: never the source of a connection. */
export const NOBODY = '255.255.255.255';
const HEAD = '# coprhd ';
const WWN = /^[0-9a-f]{32}$/;

export interface ConfLun {
  readonly hlu: number;
  readonly path: string;
  readonly wwn: string;
  readonly serial: string;
  readonly thin: boolean;
  readonly readOnly: boolean;
}

export interface MaskConf {
  readonly target: string;
  readonly mark: MarkRequest;
  readonly initiators: readonly string[];
  readonly luns: readonly ConfLun[];
}

/** What the file of a target must hold for it to come back as it is. LUNs without an identity of ours are left out. */
export function confOf(target: RuntimeTarget, mark: MarkRequest): MaskConf {
  return {
    target: target.name,
    mark,
    initiators: namesIn(target.acl),
    luns: target.luns
      .filter(({ type, scsiId }) => type === 'disk' && WWN.test(scsiId))
      .map(({ lun, path, scsiId, scsiSerial, thin, readOnly }) => ({
        ...{ hlu: lun, path, wwn: scsiId, serial: scsiSerial },
        ...{ thin, readOnly },
      })),
  };
}

/** The initiator names of an access list, lower case, sorted; addresses left out. */
export function namesIn(acl: readonly string[]): string[] {
  const names = acl.filter((entry) => !isAddress(entry)).map((entry) => entry.toLowerCase());
  return [...new Set(names)].sort();
}

/** Access by address admits whoever comes from there, whatever the names say. */
export function isAddress(aclEntry: string): boolean {
  return !/^(iqn|eui|naa)\./i.test(aclEntry);
}

/** INQUIRY strings, and what is set with the identity. */
export function lunParameters(lun: Omit<ConfLun, 'hlu'>): string {
  const attributes = [
    `scsi_id=${lun.wwn}`,
    `scsi_sn=${lun.serial}`,
    'vendor_id=COPRHD,product_id=VOLUME,product_rev=1',
    `thin_provisioning=${lun.thin ? 1 : 0}`,
    `readonly=${lun.readOnly ? 1 : 0}`,
  ];
  // tgtd changes the path of removable media that are offline only; all in one request, nobody sees it in between.
  return [...attributes, `removable=1,online=0,path=${lun.path},online=1,removable=0`].join(',');
}

export function renderConf(conf: MaskConf): string {
  const head = canonicalJson({ mark: JSON.parse(markText(conf.mark)), target: conf.target });
  const luns = [...conf.luns].sort((a, b) => a.hlu - b.hlu).flatMap(renderLun);
  return [
    `${HEAD}${head}`,
    `<target ${conf.target}>`,
    '  driver iscsi',
    `  initiator-address ${NOBODY}`,
    ...[...conf.initiators].sort().map((name) => `  initiator-name ${name}`),
    ...luns,
    '</target>',
    '',
  ].join('\n');
}

function renderLun({ hlu, path, wwn, serial, thin, readOnly }: ConfLun): string[] {
  const options = [
    `lun ${hlu}`,
    'bs-type rdwr',
    // Or tgt-admin leaves a LUN out when some process, a backup say, has the file open.
    'allow-in-use yes',
    `scsi_id ${wwn}`,
    `scsi_sn ${serial}`,
    'vendor_id COPRHD',
    'product_id VOLUME',
    'product_rev 1',
    ...(readOnly ? ['readonly 1'] : []),
    `params thin_provisioning=${thin ? 1 : 0}`,
  ];
  return [`  <backing-store ${path}>`, ...options.map((option) => `    ${option}`), '  </backing-store>'];
}

/** The mark in a file, or undefined: not written by this driver, or copied from another target's. */
export function markInConf(text: string, target: string): OwnershipMark | undefined {
  const line = text.slice(0, text.indexOf('\n'));
  if (!line.startsWith(HEAD)) return undefined;
  try {
    const head = JSON.parse(line.slice(HEAD.length)) as { target?: unknown; mark?: unknown };
    return head.target === target ? readMark(JSON.stringify(head.mark), target) : undefined;
  } catch {
    return undefined;
  }
}
