/**
 * `tgtadm --op show --mode target`: every target with its sessions, LUNs and access list. The text is indented, and a
 * target is only complete with its "ACL information" section; anything shorter was cut off and is a surprise.
 */
import { surprise } from './surprise.ts';

export interface RuntimeLun {
  readonly lun: number;
  /** `controller` for LUN 0. */
  readonly type: string;
  readonly scsiId: string;
  readonly scsiSerial: string;
  /** As tgtd rounds it: millions of bytes. */
  readonly sizeMegabytes: number;
  readonly online: boolean;
  readonly thin: boolean;
  readonly readOnly: boolean;
  readonly storeType: string;
  readonly path: string;
}

export interface RuntimeTarget {
  /** Changes when tgtd restarts; the name doesn't. */
  readonly tid: number;
  readonly name: string;
  readonly state: string;
  /** Initiator names of live sessions, one entry a session. */
  readonly sessions: readonly string[];
  readonly luns: readonly RuntimeLun[];
  /** Names of the CHAP accounts that are bound to it. */
  readonly accounts: readonly string[];
  /** Initiator names and addresses, as bound. */
  readonly acl: readonly string[];
}

type Section = 'system' | 'nexus' | 'lun' | 'account' | 'acl';

const SECTIONS: Readonly<Record<string, Section>> = {
  'System information:': 'system',
  'I_T nexus information:': 'nexus',
  'LUN information:': 'lun',
  'Account information:': 'account',
  'ACL information:': 'acl',
};

interface Draft {
  tid: number;
  name: string;
  state: string;
  sessions: string[];
  luns: Record<string, string>[];
  accounts: string[];
  acl: string[];
  sections: Set<Section>;
}

export function parseShowTarget(text: string): RuntimeTarget[] {
  const drafts: Draft[] = [];
  let section: Section | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const head = /^Target (\d+): (\S.*)$/.exec(line);
    if (head) {
      const [, tid, name] = head;
      drafts.push({
        tid: Number(tid),
        name: name!,
        state: '',
        sessions: [],
        luns: [],
        accounts: [],
        acl: [],
        sections: new Set(),
      });
      section = undefined;
      continue;
    }
    const draft = drafts.at(-1);
    if (!draft || !line.startsWith('    ')) throw surprise('tgtadm show target', text);
    const trimmed = line.trim();
    const opened = /^ {4}\S/.test(line) ? SECTIONS[trimmed] : undefined;
    if (opened) {
      section = opened;
      draft.sections.add(opened);
    } else if (section) readLine(draft, section, trimmed);
    else throw surprise('tgtadm show target', text);
  }
  return drafts.map((draft) => finish(draft, text));
}

function readLine(draft: Draft, section: Section, line: string): void {
  const colon = line.indexOf(':');
  const key = line.slice(0, colon);
  const value = line.slice(colon + 1).trim();
  if (section === 'acl') draft.acl.push(line);
  else if (section === 'account') draft.accounts.push(line);
  else if (section === 'system' && key === 'State') draft.state = value;
  else if (section === 'nexus' && key === 'Initiator') draft.sessions.push(value.replace(/ alias: .*$/, ''));
  else if (section === 'lun' && key === 'LUN') draft.luns.push({ LUN: value });
  else if (section === 'lun' && colon > 0 && draft.luns.length > 0) draft.luns.at(-1)![key] = value;
}

function finish(draft: Draft, text: string): RuntimeTarget {
  if (!draft.sections.has('acl') || draft.state === '') throw surprise('tgtadm show target', text);
  const luns = draft.luns.map((fields) => {
    const size = /^(\d+) MB/.exec(fields.Size ?? '');
    if (!/^\d+$/.test(fields.LUN ?? '') || !size || fields['Backing store path'] === undefined) {
      throw surprise('tgtadm show target', text);
    }
    return {
      lun: Number(fields.LUN),
      type: fields.Type ?? '',
      scsiId: fields['SCSI ID'] ?? '',
      scsiSerial: fields['SCSI SN'] ?? '',
      sizeMegabytes: Number(size[1]),
      online: fields.Online === 'Yes',
      thin: fields['Thin-provisioning'] === 'Yes',
      readOnly: fields.Readonly === 'Yes',
      storeType: fields['Backing store type'] ?? '',
      path: fields['Backing store path'],
    };
  });
  const { tid, name, state, sessions, accounts, acl } = draft;
  return { tid, name, state, sessions, luns, accounts, acl };
}

/** How tgtd shows a size: 512-byte blocks, in millions of bytes, rounded. */
export function shownMegabytes(sizeBytes: number): number {
  return Math.round((Math.floor(sizeBytes / 512) * 512) / 1_000_000);
}
