import { describe, expect, it } from 'vitest';
import { renamedIn } from '../../src/commands/_base/initiator-text.ts';

const OLD = '10:00:00:10:9b:00:00:01';
const NEW = '10:00:00:10:9b:00:00:07';
const of = (text: string) => renamedIn([{ file: 'hosts.yaml', text }], OLD, NEW);

describe('an initiator in plan texts', () => {
  it('is replaced wherever it stands, in whatever case, and the places are told', () => {
    const text = `a: ${OLD}\nhosts:\n  h: { initiators: [{ wwpn: "${OLD.toUpperCase()}", network: a }] }\n`;
    const { texts, places, isDone } = of(text);
    expect(texts[0]?.text).toBe(`a: ${NEW}\nhosts:\n  h: { initiators: [{ wwpn: "${NEW}", network: a }] }\n`);
    expect(places).toEqual([
      { file: 'hosts.yaml', line: 1 },
      { file: 'hosts.yaml', line: 3 },
    ]);
    expect(isDone).toBe(false);
  });

  it('is a whole name: longer ones and comments stay', () => {
    const text = `x: ${OLD}:aa # was ${OLD}\niqn: iqn.2026-01.a:${OLD}-b\n`;
    expect(of(text)).toMatchObject({ texts: [{ text }], places: [], isDone: false });
  });

  it('that was replaced already is seen', () => {
    expect(of(`wwpn: ${NEW}`)).toMatchObject({ places: [], isDone: true });
  });
});
