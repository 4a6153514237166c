/** Writes a tar archive (ustar) of a few small files. Only the bundle of `doctor` needs it; nothing here reads one. */
const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;

export interface TarEntry {
  /** Relative, ASCII, at most 100 bytes. */
  readonly name: string;
  readonly content: string;
}

export function tarArchive(entries: readonly TarEntry[], atMs: number): Uint8Array {
  const parts = entries.flatMap(({ name, content }) => {
    const body = Buffer.from(content, 'utf8');
    return [
      header(name, body.length, atMs),
      body,
      Buffer.alloc((BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES),
    ];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(name: string, bytes: number, atMs: number): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new RangeError(`too long a name for an archive: ${name}`);
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  block.write(name, 0);
  block.write(`${octal(0o600, 7)}\0`, 100);
  block.write(`${octal(0, 7)}\0`, 108);
  block.write(`${octal(0, 7)}\0`, 116);
  block.write(`${octal(bytes, 11)}\0`, 124);
  block.write(`${octal(Math.floor(atMs / 1000), 11)}\0`, 136);
  // The checksum counts itself as blanks.
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  );
  return block;
}
