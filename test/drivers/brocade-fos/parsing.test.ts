import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseActive, parseShown, parseZoning } from '../../../drivers/brocade-fos/cli/parse/cfgshow.ts';
import { parseLocalPorts, parseRemotePorts } from '../../../drivers/brocade-fos/cli/parse/name-server.ts';
import { parseRouted } from '../../../drivers/brocade-fos/cli/parse/router.ts';
import {
  parseDefaultZone,
  parseSize,
  parseTransaction,
  parseVersion,
} from '../../../drivers/brocade-fos/cli/parse/status.ts';
import { parseFabric, parseSwitch } from '../../../drivers/brocade-fos/cli/parse/switches.ts';
import { zoneViews } from '../../../drivers/brocade-fos/model/view.ts';
import type { Snapshot } from '../../../drivers/brocade-fos/model/zoning.ts';
import { Surprise } from '../../../drivers/brocade-fos/surprise.ts';
import { fixture } from './support.ts';

const thrown = (fn: () => unknown): unknown => {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** The first `count` lines. */
const cut = (text: string, count: number): string => text.split('\n').slice(0, count).join('\n');
const lineCount = (text: string): number => text.trimEnd().split('\n').length;

const REMOTE = [2, 129, 132];

/** Each parser with what it makes of a whole text: `true` when it takes it for whole. */
const PARSERS: Readonly<Record<string, (text: string) => boolean>> = {
  'switchshow-director.txt': (text) => parseSwitch(text).loggedIn === 14,
  'switchshow-subordinate.txt': (text) => parseSwitch(text).domain === 29,
  'switchshow-fixed.txt': (text) => parseSwitch(text).loggedIn === 3,
  'fabricshow.txt': (text) => parseFabric(text).whole,
  'fabricshow-small.txt': (text) => parseFabric(text).whole,
  'nsshow.txt': (text) => parseLocalPorts(text).whole ?? false,
  'nsshow-no-count.txt': (text) => parseLocalPorts(text).whole ?? false,
  'nscamshow.txt': (text) => parseRemotePorts(text, [2]).whole,
  'nscamshow-cut.txt': (text) => parseRemotePorts(text, REMOTE).whole,
  'cfgshow-wrapped.txt': (text) => parseZoning(text, fixture('cfgactvshow-wrapped.txt')).complete,
  'cfgactvshow-wrapped.txt': (text) => parseZoning(fixture('cfgshow-wrapped.txt'), text).complete,
  'cfgactvshow.txt': (text) => parseActive(text)?.zones.size === 1,
  'cfgshow-kinds.txt': (text) => parseZoning(text, fixture('cfgactvshow-kinds.txt')).complete,
  'cfgactvshow-kinds.txt': (text) => parseZoning(fixture('cfgshow-kinds.txt'), text).complete,
  'cfgshow-empty.txt': (text) => parseShown(text).effective === undefined,
  'fcrfabricshow.txt': (text) => parseRouted(text).length === 5,
  'version.txt': (text) => parseVersion(text) === '6.4.3b',
};

const files = readdirSync(new URL('fixtures/', import.meta.url)).filter((name) => name.endsWith('.txt'));

describe('the fixtures', () => {
  const heads = files.map((name) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8').split('\n'));

  it('say where they come from: 8 recorded with their licence, 9 derived', () => {
    const recorded = heads.filter(
      ([source, licence]) => /^# recorded: \S/.test(source!) && /^# licence: \S/.test(licence!),
    );
    const derived = heads.filter(([source]) => /^# derived: \S/.test(source!));
    expect([recorded.length, derived.length]).toEqual([8, 9]);
    expect(recorded.length + derived.length).toBe(files.length);
  });

  it('are each read by a parser', () => {
    expect(Object.keys(PARSERS).sort()).toEqual(files.sort());
  });
});

describe('a text that was cut', () => {
  // Without a count at its end nothing says that it is whole; and what was recorded with ports left out isn't.
  const neverWhole = ['nsshow-no-count.txt', 'nscamshow-cut.txt'];
  // Their parsers are asked for a head, a first line, or a list that is held against another one.
  const headOnly = ['switchshow-subordinate.txt', 'version.txt', 'cfgactvshow.txt', 'cfgshow-empty.txt'];

  it.each(files)('%s is whole as it is, and after no line of it taken for whole', (name) => {
    const whole = PARSERS[name]!;
    const text = fixture(name);
    expect(whole(text)).toBe(!neverWhole.includes(name));
    if (headOnly.includes(name)) return;
    for (let count = 0; count < lineCount(text); count++) {
      let taken = false;
      const error = thrown(() => {
        taken = whole(cut(text, count));
      });
      expect(error === undefined || error instanceof Surprise, `after line ${count}: ${String(error)}`).toBe(true);
      // Lines that say nothing of who is logged in.
      const silentTail = text
        .split('\n')
        .slice(count)
        .every((line) => /No_Module|E-Port|------|FC4s:|^$/.test(line));
      if (!silentTail) expect(taken, `after line ${count}`).toBe(false);
    }
  });

  it('never makes a parser fail otherwise than by a surprise that quotes a line', () => {
    const all = Object.entries(PARSERS);
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.nat(2_000),
        fc.nat(40),
        fc.string({ maxLength: 20 }),
        (pick, at, gone, junk) => {
          const [name, parse] = pick;
          const text = fixture(name);
          const start = at % (text.length + 1);
          const error = thrown(() => parse(text.slice(0, start) + junk + text.slice(start + gone)));
          expect(error === undefined || error instanceof Surprise, String(error)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
    const error = thrown(() => parseVersion('Segmentation fault\n')) as Surprise;
    expect([error.class, error.message]).toEqual(['ambiguous', 'unexpected output of version: "Segmentation fault"']);
    expect(error.transcript).toContain('Segmentation fault');
  });
});

describe('the saved zoning', () => {
  it('has members over several lines, and names longer than their column', () => {
    const { defined, effective } = parseShown(fixture('cfgshow-wrapped.txt'));
    const long = 'OneviewZone_agapiphys27bm415838ea__null_VPC_N2__S_Auto_PLNDDCPRI';
    expect([...defined.cfgs]).toEqual([['ECS_SAN_A', [long, 'zone1']]]);
    expect(defined.zones.get(long)).toHaveLength(5);
    expect(defined.zones.get('zone1')).toEqual(['alias1', 'alias2']);
    expect(defined.aliases.size).toBe(5);
    expect([...effective!.zones]).toEqual([['zone1', ['50:01:43:80:03:bc:68:00', '50:01:43:80:12:0e:2b:60']]]);
  });

  it('has ports by domain and number, WWNs in any case, and peer zones that are shown and never changed', () => {
    const zoning = parseZoning(fixture('cfgshow-kinds.txt'), fixture('cfgactvshow-kinds.txt'));
    const snapshot = { ...zoning, transaction: undefined, defaultZone: 'deny' } as unknown as Snapshot;
    expect(zoneViews(snapshot, ['by_port'])[0]).toEqual({
      name: 'by_port',
      kind: 'standard',
      defined: [
        { type: 'port', domain: 1, port: 5 },
        { type: 'port', domain: 10, port: 7 },
      ],
      configurations: ['prod'],
      effective: [
        { type: 'port', domain: 1, port: 5 },
        { type: 'port', domain: 10, port: 7 },
      ],
    });
    expect(zoneViews(snapshot, ['peer_z'])[0]?.kind).toBe('other');
    expect(zoneViews(snapshot, ['plain'])[0]).toMatchObject({ kind: 'standard', configurations: ['old', 'prod'] });
    expect(zoning.defined.aliases.get('host_a')).toEqual(['10:00:00:00:c9:00:00:01']);
  });

  it('may be empty, and then nothing is in effect', () => {
    const { defined, effective } = parseShown(fixture('cfgshow-empty.txt'));
    expect([defined.zones.size, defined.cfgs.size, defined.aliases.size, effective]).toEqual([0, 0, 0, undefined]);
    expect(parseActive('Effective configuration:\n no configuration in effect\n')).toBeUndefined();
  });

  it('does not show the configuration that stands for a default zone of no access', () => {
    const text =
      'Defined configuration:\n no configuration defined\n\nEffective configuration:\n cfg:\td__efault__Cfg\t\n zone:\td__efault__Zone\t\n\t\t00:00:00:00:00:00:00:01\n';
    expect(parseShown(text).effective).toBeUndefined();
  });

  it('is a surprise when a list ends with its separator, a section is unknown, a name comes twice', () => {
    const around = (text: string) =>
      `Defined configuration:\n${text}\nEffective configuration:\n no configuration in effect\n`;
    for (const text of [
      ' zone:\ta\tm1; m2;\n',
      ' qloop:\tq\t1\n',
      ' zone:\ta\tm\n zone:\ta\tm\n',
      ' zone:\ta\n',
      'RBAC permission denied\n',
    ]) {
      expect(
        thrown(() => parseShown(around(text))),
        text,
      ).toBeInstanceOf(Surprise);
    }
    const log =
      '2020/05/13-01:22:06, [ZONE-1022], 153, FID 128, INFO, SW300, The effective configuration has changed.\n';
    expect(parseShown(around(` zone:\ta\tm\n${log}`)).defined.zones.get('a')).toEqual(['m']);
  });
});

describe('switches and ports', () => {
  it('are those of the fabric, with the principal one marked', () => {
    const { principal, switches } = parseFabric(fixture('fabricshow.txt'));
    expect(principal).toBe('10:00:00:05:1e:4c:24:00');
    expect(switches.map(({ domain }) => domain)).toEqual([1, 2, 129, 132]);
    expect(switches[2]).toEqual({ nativeId: '10:00:00:05:1e:50:ad:00', name: 'GREA1C01', domain: 129, status: 'up' });
  });

  it('a switch has its name, address, virtual fabric, and NPIV ports counted', () => {
    expect(parseSwitch(fixture('switchshow-director.txt'))).toEqual({
      router: false,
      name: 'IDAA1C01',
      type: '62.3',
      wwn: '10:00:00:05:1e:4c:24:00',
      domain: 1,
      online: true,
      virtualFabric: 128,
      loggedIn: 14,
    });
    expect(parseSwitch(fixture('switchshow-subordinate.txt'))).not.toHaveProperty('virtualFabric');
  });

  it('ports have their node, switch, number and symbol', () => {
    expect(parseLocalPorts(fixture('nsshow.txt')).ports).toEqual([
      { wwpn: '10:00:00:00:c9:00:00:01', wwnn: '20:00:00:00:c9:00:00:01', domain: 1, port: 0, symbol: 'host-a, hba0' },
      { wwpn: '10:00:00:00:c9:00:00:02', wwnn: '20:00:00:00:c9:00:00:02', domain: 1, port: 1 },
      { wwpn: '10:00:00:00:c9:00:00:03', wwnn: '20:00:00:00:c9:00:00:03', domain: 1, port: 1 },
    ]);
    const { ports } = parseRemotePorts(fixture('nscamshow.txt'), [2]);
    expect(ports.map(({ domain, port }) => [domain, port])).toEqual([
      [2, 0],
      [2, 11],
    ]);
    expect(parseLocalPorts(fixture('nsshow-no-count.txt'))).not.toHaveProperty('whole');
    // Since Fabric OS 8, as tools that read nsshow name its lines.
    const newer = ' N    010600;      3;50:06:01:60:47:80:00:01;50:06:01:60:47:80:00:00; na\n';
    const details = '    FC4 Features [FCP]: Target \n    FC4 Features [FC-NVMe]: \n    Port Index: 70\n';
    expect(parseLocalPorts(newer + details).ports).toMatchObject([{ domain: 1, port: 70 }]);
    // As cinder's tests have it, without the space.
    expect(parseLocalPorts(' N 011a00;2,3;20:1a:00:05:1e:e8:e3:29;20:1a:00:05:1e:e8:e3:29;na\n').ports).toHaveLength(1);
  });

  it('nobody is logged in only where the switch says so', () => {
    expect(parseLocalPorts('There is no entry in the Local Name Server\n')).toEqual({ ports: [], whole: true });
    expect(parseRemotePorts('nscam show for remote switches:\nNo entry is found!', [])).toEqual({
      ports: [],
      whole: true,
    });
    expect(parseRemotePorts('nscam show for remote switches:\n', [2]).whole).toBe(false);
    expect(thrown(() => parseLocalPorts(''))).toBeInstanceOf(Surprise);
  });
});

describe('short answers', () => {
  it('a transaction has a number in decimal or hexadecimal, and may not be abortable', () => {
    for (const none of [
      'There is no outstanding zoning transaction\n',
      'There is no outstanding zoning transactions\n',
    ]) {
      expect(parseTransaction(none)).toBeUndefined();
    }
    expect(parseTransaction('Current transaction token is 271010736\nIt is abortable\n')).toEqual({
      token: '271010736',
      abortable: true,
    });
    expect(parseTransaction('Current transaction token is 0xfffffff0\nIt is not abortable\n')).toEqual({
      token: '0xfffffff0',
      abortable: false,
    });
    for (const text of ['', 'Current transaction token is 5\n', 'It is abortable\n', 'nonsense\n']) {
      expect(
        thrown(() => parseTransaction(text)),
        text,
      ).toBeInstanceOf(Surprise);
    }
  });

  it('the default zone is what is committed', () => {
    const text = (committed: string) =>
      `Default Zone Access Mode\n\tcommitted - ${committed}\n\ttransaction - No Transaction\n`;
    expect(parseDefaultZone(text('No Access'))).toBe('deny');
    expect(parseDefaultZone(text('All Access'))).toBe('permit');
    expect(thrown(() => parseDefaultZone(text('Some Access')))).toBeInstanceOf(Surprise);
    expect(thrown(() => parseDefaultZone('Default Zone Access Mode\n'))).toBeInstanceOf(Surprise);
  });

  it('the size of the database comes in two forms', () => {
    const sizes = { databaseBytes: 2_256, databaseBytesMax: 1_045_274 };
    const old =
      'Zone DB max size - 1045274 bytes\nAvailable Zone DB size - 1043018 bytes\n committed - 2256\n transaction - 0\n';
    const other =
      'Configuration Size:\n zone db max size - 1045274 bytes\n available - 1043018 bytes\n committed - 2256 bytes\n transaction - 0 bytes\n';
    expect([parseSize(old), parseSize(other)]).toEqual([sizes, sizes]);
    expect(thrown(() => parseSize('Zone DB max size - 1045274 bytes\n'))).toBeInstanceOf(Surprise);
  });
});
