/** `show version`, `show wwn switch`, `show device-alias database`: which switch it is, and the names that are given to WWPNs. */
import { answerLines } from './answer.ts';
import { surprise } from './surprise.ts';

export interface ShownVersion {
  readonly model: string;
  readonly version: string;
}

const WWN = '(?:[0-9a-f]{2}:){7}[0-9a-f]{2}';

export function parseVersion(text: string): ShownVersion {
  const what = 'show version';
  const body = answerLines(what, text).join('\n');
  const version = /^\s*(?:system|NXOS):\s+version\s+(\S+)/im.exec(body)?.[1];
  const model = /^\s*cisco\s+((?:MDS|Nexus)\s*\S*\d\S*)/im.exec(body)?.[1];
  if (version === undefined || model === undefined) throw surprise(what, text);
  return { model: model.replace(/\s+/g, ' '), version };
}

export function parseSwitchWwn(text: string): string {
  const what = 'show wwn switch';
  const found = new RegExp(`Switch WWN is (${WWN})`, 'i').exec(answerLines(what, text).join('\n'));
  if (!found) throw surprise(what, text);
  return found[1]!.toLowerCase();
}

/** WWPNs by name. The number of them stands at the end. */
export function parseDeviceAliases(text: string): Map<string, string> {
  const what = 'show device-alias database';
  const aliases = new Map<string, string>();
  let total: number | undefined;
  const row = new RegExp(`^device-alias name (\\S+) pwwn (${WWN})$`, 'i');
  for (const line of answerLines(what, text)) {
    const counted = /^Total number of entries = (\d+)$/.exec(line);
    const found = row.exec(line);
    if (counted) total = Number(counted[1]);
    else if (found) aliases.set(found[1]!, found[2]!.toLowerCase());
    else if (line !== '' && !/^(?:There are )?no (?:entries|device-alias)/i.test(line))
      throw surprise(what, text, line);
  }
  if (total !== undefined && total !== aliases.size) throw surprise(what, text);
  return aliases;
}
