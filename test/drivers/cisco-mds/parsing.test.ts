import { DriverError } from 'coprhd/driver';
import { describe, expect, it, test } from 'vitest';
import { parseDomains, parseFabricName, parseVsans } from '../../../drivers/cisco-mds/cli/fabric.ts';
import { parseRouted } from '../../../drivers/cisco-mds/cli/ivr.ts';
import { parseNameServer } from '../../../drivers/cisco-mds/cli/name-server.ts';
import { readRejection, rejectionOf } from '../../../drivers/cisco-mds/cli/rejection.ts';
import { parseZoneStatus } from '../../../drivers/cisco-mds/cli/status.ts';
import { parseDeviceAliases, parseSwitchWwn, parseVersion } from '../../../drivers/cisco-mds/cli/system.ts';
import { parseAliases, parseZones, parseZonesets } from '../../../drivers/cisco-mds/cli/zones.ts';
import { foreignEdits } from '../../../drivers/cisco-mds/model/pending-diff.ts';
import { allFixtures, fixture } from './fixtures.ts';
import { work, wwpn } from './support.ts';

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'device-alias': parseDeviceAliases,
  'domain-list': parseDomains,
  fcalias: parseAliases,
  fcdomain: parseFabricName,
  'fcns-detail': parseNameServer,
  'ivr-vsan-topology': parseRouted,
  'pending-diff': (text) => foreignEdits(text, work({})),
  'switch-wwn': parseSwitchWwn,
  version: parseVersion,
  vsan: parseVsans,
  zone: parseZones,
  'zone-status-basic': parseZoneStatus,
  'zone-status-enhanced': parseZoneStatus,
  'zone-status-enhanced-session': parseZoneStatus,
  'zone-status-usage': parseZoneStatus,
  zoneset: parseZonesets,
  'zoneset-active': parseZonesets,
  'zoneset-active-plain': parseZonesets,
  'zoneset-none': parseZonesets,
};

function thrown(run: () => unknown): DriverError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof DriverError) return error;
    throw error;
  }
}

const isSurprise = (error: DriverError | undefined) =>
  error?.class === 'ambiguous' && error.message.startsWith('unexpected output of');

describe('fixtures', () => {
  it('say where they come from, and there are of both kinds', () => {
    const sources = allFixtures().map(({ head }) => head.source);
    expect(sources.filter((source) => source === 'recorded')).toHaveLength(4);
    expect(sources.filter((source) => source === 'derived')).toHaveLength(15);
    for (const { name, head } of allFixtures()) {
      const needed = head.source === 'recorded' ? ['repository', 'path', 'commit', 'licence', 'version'] : ['shape'];
      expect(
        needed.filter((key) => !head[key]),
        name,
      ).toEqual([]);
    }
    expect(
      allFixtures()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(PARSERS).sort());
  });

  it.each(Object.keys(PARSERS))('%s, cut anywhere, is a surprise and never a shorter answer', (name) => {
    const { text } = fixture(name);
    const lines = text.split('\n');
    for (let count = 0; count < lines.length; count++) {
      const cut = lines.slice(0, count).join('\n');
      expect(isSurprise(thrown(() => PARSERS[name]!(cut))), `after line ${count}`).toBe(true);
      expect(isSurprise(thrown(() => PARSERS[name]!(`${cut}\n`))), `after line ${count} and its end`).toBe(true);
    }
    expect(thrown(() => PARSERS[name]!(text))).toBeUndefined();
  });

  it.each(Object.keys(PARSERS))('%s with lines lost or strange in the middle throws nothing but a surprise', (name) => {
    const lines = fixture(name).text.split('\n');
    for (let at = 0; at < lines.length - 1; at++) {
      for (const instead of [[], ['--More--'], ['%$&§'], [' ']]) {
        const text = [...lines.slice(0, at), ...instead, ...lines.slice(at + 1)].join('\n');
        const error = thrown(() => PARSERS[name]!(text));
        expect(error === undefined || isSurprise(error), `line ${at}: ${error}`).toBe(true);
      }
    }
  });

  it('quote the line that is not understood', () => {
    const error = thrown(() => parseZones('zone name a vsan 1\n  wombat 7\nsw1# '));
    expect(error?.message).toBe('unexpected output of show zone: "wombat 7"');
    expect(error?.transcript).toContain('zone name a');
  });
});

it('VSANs between which a switch routes are those of the active topology', () => {
  const routed = parseRouted(fixture('ivr-vsan-topology').text);
  expect(routed.map(({ switch: at, virtualFabric }) => `${at.slice(-5)} ${virtualFabric}`)).toEqual([
    'bb:00 1',
    'bb:00 10',
    'bb:00 99',
    'bb:00 100',
    'bb:00 101',
    'dd:00 100',
    'dd:00 200',
  ]);
  expect(parseRouted('IVR is not enabled\nsw1# ')).toEqual([]);
});

describe('the status of zoning', () => {
  it.each([
    ['zone-status-basic', 'basic', undefined],
    ['zone-status-enhanced', 'enhanced', undefined],
    ['zone-status-enhanced-session', 'enhanced', { from: 'otherthannone', holder: 'otherthannone' }],
  ])('%s', (name, mode, session) => {
    const status = parseZoneStatus(fixture(name).text);
    expect(status).toEqual({
      ...{ defaultZone: 'deny', mode, full: { zonesets: 2, zones: 2, aliases: 0 } },
      ...{ active: { name: 'test-zs-test', zones: 1 }, usedBytes: 300, maxBytes: 2_097_152, last: '' },
      ...(session ? { session } : {}),
    });
  });

  it('tells who has the session, the usage, and what came of the last operation', () => {
    expect(parseZoneStatus(fixture('zone-status-usage').text)).toEqual({
      ...{ defaultZone: 'permit', mode: 'enhanced', session: { from: 'cli', holder: 'alice' } },
      ...{ full: { zonesets: 1, zones: 4, aliases: 1 }, usedBytes: 412, maxBytes: 4_000_000 },
      last: 'Operation failed: [Error: Zone name or member conflict] at 09:12:44 UTC Mar 3 2024',
    });
  });
});

describe('zones', () => {
  const zones = parseZones(fixture('zone').text);

  it('have members of every kind, WWNs in lower case', () => {
    expect(zones.map(({ name }) => name)).toEqual(['host1_array1', 'smart', 'by_alias', 'others']);
    expect(zones[0]!.members).toEqual([
      { kind: 'pwwn', value: '10:00:00:00:c9:2f:02:db' },
      { kind: 'pwwn', value: '50:06:01:60:3b:20:11:22' },
    ]);
    expect(zones[1]!.members).toEqual([
      { kind: 'pwwn', value: '10:00:00:00:c9:2f:02:dc', role: 'init' },
      { kind: 'device-alias', value: 'array1_p0', role: 'target' },
      { kind: 'other', value: 'fcid 0x010203', role: 'both' },
    ]);
    expect(zones[3]!.attributes).toEqual(['attribute read-only']);
    expect(zones[3]!.members.every(({ kind }) => kind === 'other')).toBe(true);
    expect(zones[3]!.members.map(({ value }) => value)).toContain('pwwn 50:06:01:60:3b:20:11:23 lun 0x0001');
  });

  it('with an alias have what is printed below it as the alias’s, not their own', () => {
    const [alias, own] = zones[2]!.members;
    expect(alias).toMatchObject({ kind: 'fcalias', value: 'targets' });
    expect(alias!.members!.map(({ value }) => value)).toEqual(['50:06:01:60:3b:20:11:22', '50:06:01:61:3b:20:11:22']);
    expect(own).toEqual({ kind: 'pwwn', value: '10:00:00:00:c9:2f:02:dd' });
    expect(parseZonesets(fixture('zoneset').text)[0]!.zones[1]!.members).toEqual([
      { kind: 'fcalias', value: 'targets' },
      own,
    ]);
  });

  it('in effect have the same members, logged in or not', () => {
    const [set] = parseZonesets(fixture('zoneset-active').text);
    expect(set!.name).toBe('prod');
    expect(set!.zones[0]!.members).toEqual(zones[0]!.members);
    expect(set!.zones[1]!.members).toEqual(zones[1]!.members);
    expect(set!.zones[2]!.members.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'other fcid 0x0a0b0c',
      'other interface fc1/4 swwn 20:00:00:05:30:00:2a:1e',
      'pwwn 50:06:01:60:3b:20:11:29',
    ]);
    const [plain] = parseZonesets(fixture('zoneset-active-plain').text);
    expect(plain!.zones.map(({ members }) => members.length)).toEqual([2]);
  });

  it('may be none, when the switch says so', () => {
    expect(parseZonesets(fixture('zoneset-none').text)).toEqual([]);
    expect(parseZones('sw1# ')).toEqual([]);
    expect(isSurprise(thrown(() => parseZones('')))).toBe(true);
  });

  it('of an alias may be none', () => {
    expect(parseAliases(fixture('fcalias').text).map(({ name, members }) => [name, members.length])).toEqual([
      ['targets', 2],
      ['empty', 0],
    ]);
  });
});

describe('the switch', () => {
  it('has VSANs, but not those that hold what is isolated', () => {
    expect(parseVsans(fixture('vsan').text)).toEqual([
      { vsan: 1, name: 'VSAN0001', state: 'active', isUp: false },
      { vsan: 100, name: 'Production fabric A', state: 'active', isUp: true },
      { vsan: 200, name: 'VSAN0200', state: 'suspended', isUp: false },
    ]);
  });

  it('is in a fabric with others', () => {
    expect(parseFabricName(fixture('fcdomain').text)).toBe('20:64:00:0d:ec:cc:dd:01');
    expect(parseDomains(fixture('domain-list').text)).toEqual([
      { domain: 10, wwn: '20:64:00:0d:ec:cc:dd:01', isPrincipal: true, isLocal: false },
      { domain: 30, wwn: '20:64:00:0d:ec:aa:bb:01', isPrincipal: false, isLocal: true },
      { domain: 200, wwn: '20:64:00:0d:ec:ee:ff:01', isPrincipal: false, isLocal: false },
    ]);
    expect(
      isSurprise(thrown(() => parseDomains(fixture('domain-list').text.replace('domains: 3', 'domains: 4')))),
    ).toBe(true);
  });

  it('knows who is logged in, and whether it told all of them', () => {
    const { ports, complete } = parseNameServer(fixture('fcns-detail').text);
    expect(complete).toBe(true);
    expect(ports.map(({ wwpn: name, fcid, interface: at, switchName }) => [name, fcid, at, switchName])).toEqual([
      ['10:00:00:00:c9:2f:02:db', 0x1e01c0, 'fc1/22', 'sw1'],
      ['50:06:01:60:3b:20:11:22', 0x1e01e0, 'fc2/3', 'sw1'],
      ['50:06:01:61:3b:20:11:22', 0x0a0900, 'vfc9', 'sw2'],
    ]);
    const text = fixture('fcns-detail').text;
    expect(parseNameServer(text.replace('entries = 3', 'entries = 4')).complete).toBe(false);
    expect(parseNameServer(text.replace(/Total.*\n/, '')).complete).toBe(false);
    expect(parseNameServer('sw1# ')).toEqual({ ports: [], complete: false });
  });

  it('has a version, a model, a WWN and names of WWPNs', () => {
    expect(parseVersion(fixture('version').text)).toEqual({ model: 'MDS 9148T', version: '8.4(2c)' });
    expect(parseSwitchWwn(fixture('switch-wwn').text)).toBe('20:00:00:0d:ec:aa:bb:00');
    expect([...parseDeviceAliases(fixture('device-alias').text)]).toEqual([
      ['array1_p0', '50:06:01:60:3b:20:11:22'],
      ['host1_hba0', '10:00:00:00:c9:2f:02:db'],
    ]);
  });
});

describe('pending edits of a session', () => {
  const { text } = fixture('pending-diff');
  const member = (last: string) => wwpn(`10:00:00:00:c9:2f:02:${last}`);
  const ours = { name: 'ours', members: [member('de'), wwpn('50:06:01:60:3b:20:11:22')] };

  it('are ours when each is of the delta', () => {
    expect(foreignEdits(text, work({ configuration: 'prod', add: [ours] }))).toEqual([]);
    expect(foreignEdits('sw1# ', work({}))).toEqual([]);
  });

  /** In the words of `show zone`: members of zonesets and aliases have heads of their own. */
  const printed = (line: string) => ` zoneset name prod vsan 100
${line}
+fcalias name a vsan 100
+  pwwn 10:00:00:00:c9:2f:02:df
+zone name ours vsan 100
+  fcalias name a vsan 100
+    pwwn 10:00:00:00:c9:2f:02:df
+  pwwn 10:00:00:00:c9:2f:02:de
+zoneset activate name prod vsan 100
sw1# `;
  const aliased = { name: 'ours', members: [{ type: 'alias' as const, alias: 'a' }, member('de')] };
  const all = work({ configuration: 'prod', addAliases: [{ name: 'a', members: [member('df')] }], add: [aliased] });

  it('are read also as show zone prints zones, where an alias in a zone looks like the head of one', () => {
    expect(foreignEdits(printed('+  zone name ours vsan 100'), all)).toEqual([]);
    const other = printed('+  zone name theirs vsan 100').replace(
      '  pwwn 10:00:00:00:c9:2f:02:de',
      '  fcalias name b vsan 100',
    );
    expect(foreignEdits(other, all)).toEqual(['+  zone name theirs vsan 100', '+  fcalias name b vsan 100']);
  });

  it('are none where the switch says that there are none', () => {
    expect(foreignEdits('No pending info found\nsw1# ', work({}))).toEqual([]);
  });

  it('are not when a zone, a member or the zoneset is another', () => {
    const named = (changes: Parameters<typeof work>[0]) =>
      foreignEdits(text, work({ configuration: 'prod', ...changes }));
    expect(named({ add: [{ ...ours, name: 'mine' }] })).toHaveLength(4);
    expect(named({ add: [{ name: 'ours', members: [member('de')] }] })).toEqual([
      '+  member pwwn 50:06:01:60:3b:20:11:22',
    ]);
    expect(named({ configuration: 'other', add: [ours] })).toEqual(['+  member ours']);
    expect(
      foreignEdits(printed('+  zone name ours vsan 100').replace(' zoneset name prod', ' zoneset name other'), all),
    ).toEqual(['+  zone name ours vsan 100']);
    const gone = text.replace('zoneset name prod', '-zoneset name prod');
    expect(foreignEdits(gone, work({ configuration: 'prod', add: [ours] }))).toEqual(['-zoneset name prod vsan 100']);
  });
});

test.each([
  ['Lock is currently busy', 'busy'],
  ['VSAN 3: there is a pending action', 'busy'],
  ['% Permission denied for the role', 'auth'],
  ['String exceeded max length of (64)', 'invalid'],
  ['Illegal alias name', 'invalid'],
  ['Zoning database full', 'capacity'],
  ["% Invalid command at '^' marker.", 'unsupported'],
  ['VSAN 99 does not exist', 'not-found'],
  ['Zone not present', 'conflict'],
  ['alias already in use', 'conflict'],
  ['Zoneset activation failed', 'transient'],
])('the switch’s "%s" is %s', (said, expected) => {
  expect(rejectionOf('line', said)?.class).toBe(expected);
});

test('an answer to show is an error only where a percent sign begins a line', () => {
  expect(readRejection('show zone', 'zone name failed_over vsan 1\n  pwwn 10:00:00:00:c9:2f:02:db\n')).toBeUndefined();
  expect(readRejection('show zone', "     ^\n% Invalid command at '^' marker.\n")?.class).toBe('unsupported');
});
