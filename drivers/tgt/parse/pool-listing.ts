/**
 * What the scan script prints of one pool: `stat` records ended by NUL, an empty record, then `getfattr` text in
 * base64. File names may hold anything but NUL and `/`; getfattr writes some bytes of them as octal escapes.
 */
import { surprise } from './surprise.ts';

export interface PoolFile {
  readonly path: string;
  readonly inode: string;
  /** Seconds and nanoseconds since the Unix epoch when the file was made: `1700000000.000000001`. */
  readonly birth: string;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
  /** Extended attributes `user.coprhd.<key>`. */
  readonly attributes: Readonly<Record<string, string>>;
}

const PREFIX = 'user.coprhd.';
const STAT_BLOCK_BYTES = 512;

export function parsePoolListing(text: string): PoolFile[] {
  const end = text.startsWith('\0') ? 0 : text.indexOf('\0\0') + 1;
  if (end === 0 && !text.startsWith('\0')) throw surprise('the pool listing', text);
  const attributes = parseAttributes(text.slice(end + 1));
  return text
    .slice(0, end)
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const match = /^(\d+) (\d+\.\d{9}) (\d+) (\d+) (\/.*)$/s.exec(record);
      if (!match) throw surprise('stat', text);
      const [, inode, birth, size, blocks, path] = match as unknown as [string, string, string, string, string, string];
      return {
        path,
        inode,
        birth,
        sizeBytes: Number(size),
        allocatedBytes: Number(blocks) * STAT_BLOCK_BYTES,
        attributes: attributes.get(path) ?? {},
      };
    });
}

/** `getfattr --absolute-names -d -e base64` text: values by path, then by key without the prefix. */
export function parseAttributes(text: string): Map<string, Record<string, string>> {
  const files = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.split('\n')) {
    if (line === '') {
      current = undefined;
    } else if (line.startsWith('# file: ')) {
      current = {};
      files.set(unescapeName(line.slice('# file: '.length)), current);
    } else {
      const match = /^([^=]+)=0s([A-Za-z0-9+/=]*)$/.exec(line);
      if (!match || !current || !match[1]!.startsWith(PREFIX)) throw surprise('getfattr', text);
      current[match[1]!.slice(PREFIX.length)] = Buffer.from(match[2]!, 'base64').toString('utf8');
    }
  }
  return files;
}

function unescapeName(text: string): string {
  if (!text.includes('\\')) return text;
  const parts = text.split(/\\([0-7]{3})/);
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 1 ? Buffer.from([Number.parseInt(part, 8)]) : Buffer.from(part, 'utf8'))),
  ).toString('utf8');
}
