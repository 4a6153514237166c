import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/lib/random.ts';
import { Redacted } from '../../src/lib/redacted.ts';
import { newSealingKey, parseSealingKeys, seal, unseal } from '../../src/lib/sealing.ts';

const random = createSeededRandom(7);
const key = newSealingKey(random);
const other = newSealingKey(random);
const plain = new Redacted('hunter2');

describe('sealing', () => {
  it('gives back any text, and shows nothing of it meanwhile', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), fc.string(), (text, purpose) => {
        const sealed = seal(new Redacted(text), key, purpose, random);
        expect(unseal(sealed, key, purpose)?.reveal()).toBe(text);
        if (text.length > 8) expect(Buffer.from(sealed.sealed, 'base64').includes(text)).toBe(false);
      }),
    );
  });

  it('never gives the same text twice', () => {
    const all = Array.from({ length: 100 }, () => seal(plain, key, 'p', random).sealed);
    expect(new Set(all).size).toBe(100);
  });

  it('opens with no other key, for no other purpose and under no other key id', () => {
    const sealed = seal(plain, key, 'secret a', random);
    expect(unseal(sealed, other, 'secret a')).toBeUndefined();
    expect(unseal({ ...sealed, keyId: other.id }, other, 'secret a')).toBeUndefined();
    expect(unseal(sealed, { ...other, id: key.id }, 'secret a')).toBeUndefined();
    expect(unseal(sealed, { ...key, id: other.id }, 'secret a')).toBeUndefined();
    expect(unseal(sealed, key, 'secret b')).toBeUndefined();
  });

  it('notices any changed bit and any cut', () => {
    const { keyId, sealed } = seal(plain, key, 'p', random);
    const bytes = Buffer.from(sealed, 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(unseal({ keyId, sealed: changed.toString('base64') }, key, 'p'), `bit ${bit}`).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length += 1) {
      expect(unseal({ keyId, sealed: bytes.subarray(0, length).toString('base64') }, key, 'p')).toBeUndefined();
    }
  });
});

describe('keys as text', () => {
  const parse = (text: string) => parseSealingKeys(new Redacted(text));
  const hex = Buffer.from(other.text.reveal(), 'base64').toString('hex');

  it('are base64 or hex, a line or a comma each, with comments, the same one once', () => {
    const text = `# mine\n${key.text.reveal()}\r\n\n  ${hex.toUpperCase()}, ${key.text.reveal().slice(0, 43)}\n`;
    expect(parse(text)).toMatchObject({ ok: true, keys: [{ id: key.id }, { id: other.id }] });
    expect(parse('')).toEqual({ ok: true, keys: [] });
  });

  it.each(['short', `${key.text.reveal()}A`, hex.slice(1), `${hex}00`])(
    'that are none are told by their line: %s',
    (word) => {
      expect(parse(`${hex}\n${word}\n`)).toEqual({ ok: false, line: 2 });
    },
  );

  it('have an id that says which key it is and nothing about it', () => {
    expect(key.id).toMatch(/^[0-9a-f]{16}$/);
    expect(key.id).not.toBe(other.id);
    expect(`${key.text}${JSON.stringify(key)}`).not.toContain(key.text.reveal());
  });
});
