import { readFileSync } from 'node:fs';
import type { DriverError } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { confOf, lunParameters, markInConf, renderConf } from '../../../drivers/tgt/conf-file.ts';
import { configuration } from '../../../drivers/tgt/configuration.ts';
import { failureError } from '../../../drivers/tgt/parse/failure.ts';
import { parsePoolListing } from '../../../drivers/tgt/parse/pool-listing.ts';
import { parseShowPortal } from '../../../drivers/tgt/parse/show-portal.ts';
import { parseShowTarget, shownMegabytes } from '../../../drivers/tgt/parse/show-target.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const thrown = (fn: () => unknown) => {
  try {
    fn();
  } catch (error) {
    return error as DriverError;
  }
  return undefined;
};

describe('the targets that tgtd shows', () => {
  const targets = parseShowTarget(fixture('show-target.txt'));

  it('have numbers, sessions and access lists', () => {
    expect(targets.map(({ tid, name, state }) => ({ tid, name, state }))).toEqual([
      { tid: 1, name: 'iqn.2026-01.io.coprhd:host-a-1a2b3c4d', state: 'ready' },
      { tid: 4, name: 'iqn.2003-01.org.example:other', state: 'offline' },
    ]);
    expect(targets[0]!.sessions).toEqual(['iqn.1994-05.test:hosta']);
    expect(targets[0]!.acl).toEqual(['255.255.255.255', 'iqn.1994-05.test:hosta', 'IQN.1994-05.test:HOSTB']);
    expect(targets[1]!.acl).toEqual(['ALL']);
  });

  it('have LUNs with identity, size and file', () => {
    expect(targets[0]!.luns[1]).toEqual({
      lun: 1,
      type: 'disk',
      scsiId: '6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      scsiSerial: 'SN0001',
      sizeMegabytes: 1074,
      online: true,
      thin: true,
      readOnly: false,
      storeType: 'rdwr',
      path: '/tmp/tg/pool/v1.img',
    });
    expect(targets[0]!.luns.map(({ lun }) => lun)).toEqual([0, 1, 7]);
  });

  it('are a surprise, never a shorter list, when the text was cut off anywhere but between targets', () => {
    const lines = fixture('show-target.txt').trimEnd().split('\n');
    const whole = lines.findIndex((line) => line.startsWith('Target 4:'));
    const aclStarts = lines.flatMap((line, index) => (line.includes('ACL information') ? [index] : []));
    for (let count = 1; count < lines.length; count++) {
      const insideAcl = aclStarts.some((start) => count > start && (count <= whole || start > whole));
      if (insideAcl) continue;
      const error = thrown(() => parseShowTarget(lines.slice(0, count).join('\n')));
      expect(error?.class, `after line ${count}`).toBe('ambiguous');
    }
    expect(thrown(() => parseShowTarget('Segmentation fault\n'))?.transcript).toContain('Segmentation fault');
    expect(parseShowTarget('')).toEqual([]);
  });

  it('show sizes as tgtd rounds them', () => {
    // Measured: file size and what tgtd 1.0.85 showed.
    const measured = [
      [1_048_576, 1],
      [1_500_000, 1],
      [2_097_152, 2],
      [999_999_488, 1000],
      [1_073_741_824, 1074],
      [1_293_942_784, 1294],
      [5_497_558_138_880, 5_497_558],
    ];
    for (const [bytes, shown] of measured) expect(shownMegabytes(bytes!)).toBe(shown);
  });
});

describe('portals', () => {
  it('are addresses, and a wildcard is known as such', () => {
    expect(parseShowPortal(fixture('show-portal.txt')).map(({ address }) => address)).toEqual([
      '127.0.9.2:3260',
      '127.0.9.1:3260',
    ]);
    expect(parseShowPortal('Portal: [::]:3260,1\nPortal: [fe80::1]:3260,1\n')).toEqual([
      { address: '[::]:3260', ip: '::', wildcard: true },
      { address: '[fe80::1]:3260', ip: 'fe80::1', wildcard: false },
    ]);
    expect(thrown(() => parseShowPortal('tgtadm: huh\n'))?.class).toBe('ambiguous');
  });
});

describe('the listing of a pool', () => {
  it('has files under any name with their attributes', () => {
    const files = parsePoolListing(fixture('pool-scan.txt'));
    expect(files.map(({ path }) => path)).toEqual([
      '/tmp/tg/pool/v1.img',
      '/tmp/tg/pool/v2.img',
      '/tmp/tg/pool/o ddé\n"n\\x.img',
    ]);
    expect(files[0]!.attributes.wwn).toBe('6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    expect(files[1]!.attributes).toEqual({});
    expect(JSON.parse(files[2]!.attributes.mark!)).toEqual({ epoch: 1, installation: 'i', urn: 'u' });
    expect(files[0]).toMatchObject({ sizeBytes: 1_073_741_824, allocatedBytes: 0, inode: '133' });
  });

  it('is empty only when it says so', () => {
    expect(parsePoolListing('\0')).toEqual([]);
    expect(thrown(() => parsePoolListing(''))?.class).toBe('ambiguous');
    expect(thrown(() => parsePoolListing('12 34\0\0'))?.class).toBe('ambiguous');
  });
});

describe('failures', () => {
  const classOf = (stderr: string, exitCode = 22, readOnly = false) =>
    failureError({ what: 'it', exitCode, stdout: '', stderr, readOnly }).class;

  it.each([
    ["tgtadm: can't find the target", 'not-found'],
    ["tgtadm: can't find the logical unit", 'not-found'],
    ['tgtadm: this access control rule does not exist', 'not-found'],
    ['tgtadm: this target already exists', 'exists'],
    ['tgtadm: this logical unit number already exists', 'exists'],
    ['tgtadm: this access control rule already exists', 'exists'],
    ['tgtadm: this target is still active', 'busy'],
    ['tgtadm: this logical unit is still active', 'busy'],
    ['tgtadm: invalid request', 'invalid'],
    ["tgtadm: can't find the driver", 'unsupported'],
    ['tgtadm: failed to send request hdr to tgt daemon, Transport endpoint is not connected', 'transient'],
    ['tgtadm: tgtd closed the socket', 'ambiguous'],
    ['fallocate: fallocate failed: No space left on device', 'capacity'],
    ['setfattr: x: Operation not permitted', 'auth'],
    ['something nobody has seen yet', 'ambiguous'],
  ])('%s is %s', (stderr, expected) => {
    expect(classOf(stderr)).toBe(expected);
  });

  it('of reading are never ambiguous, because nothing was changed', () => {
    expect(classOf('something nobody has seen yet', 1, true)).toBe('transient');
  });

  it('say which program is missing', () => {
    const error = failureError({
      what: 'it',
      exitCode: 127,
      stdout: '',
      stderr: 'sh: 1: setfattr: not found',
      readOnly: false,
    });
    expect(error.hint).toBe('install the package that has setfattr');
  });

  it('carry a bounded transcript', () => {
    const error = failureError({ what: 'it', exitCode: 1, stdout: 'x'.repeat(100_000), stderr: 'y', readOnly: false });
    expect(error.transcript!.length).toBeLessThan(4_100);
  });
});

describe('the file of a mask', () => {
  const target = parseShowTarget(fixture('show-target.txt'))[0]!;
  const mark = { installation: 'i', urn: 'urn:storageos:ExportMask:x:vdc1', epoch: 3 };

  it('admits nobody by address, since tgt-admin would admit everybody otherwise', () => {
    const closed = renderConf({ target: 'iqn.2026-01.io.coprhd:m', mark, initiators: [], luns: [] });
    expect(closed).toContain('initiator-address 255.255.255.255');
    expect(closed).not.toContain('initiator-name');
  });

  it('keeps LUNs with an identity of ours and leaves out what somebody else added', () => {
    const text = renderConf(confOf(target, mark));
    expect(text.match(/lun \d+/g)).toEqual(['lun 1']);
    expect(text).toContain('scsi_id 6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    expect(text.match(/initiator-name \S+/g)).toEqual([
      'initiator-name iqn.1994-05.test:hosta',
      'initiator-name iqn.1994-05.test:hostb',
    ]);
  });

  it('gives its mark back for its own target only', () => {
    const text = renderConf(confOf(target, mark));
    expect(markInConf(text, target.name)).toEqual({ ...mark, nativeIdentity: target.name });
    expect(markInConf(text, 'iqn.2026-01.io.coprhd:copied')).toBeUndefined();
    expect(markInConf('<target x>\n', 'x')).toBeUndefined();
    expect(markInConf('# coprhd {"mark":', 'x')).toBeUndefined();
  });

  it('says which LUNs nobody may write to', () => {
    const lun = { hlu: 1, path: '/p/v.img', wwn: '6a', serial: 'S', thin: true };
    const conf = (readOnly: boolean) => ({ target: 't', mark, initiators: [], luns: [{ ...lun, readOnly }] });
    expect(renderConf(conf(true))).toContain('readonly 1');
    expect(renderConf(conf(false))).not.toContain('readonly');
  });

  it('sets identity and medium in one request', () => {
    expect(lunParameters({ path: '/p/v.img', wwn: '6a', serial: 'S', thin: true, readOnly: false })).toBe(
      'scsi_id=6a,scsi_sn=S,vendor_id=COPRHD,product_id=VOLUME,product_rev=1,thin_provisioning=1,readonly=0,removable=1,online=0,path=/p/v.img,online=1,removable=0',
    );
  });
});

describe('the configuration', () => {
  const good = { socket: '/s', controlPort: 7, pools: { main: '/p' }, configDirectory: '/c' };

  it.each(['/a,b', '/a b', '/a$b', '/a`b', '/a"b', '/a\nb', '/a;b', '/é'])('refuses the path %j', (path) => {
    expect(configuration.safeParse({ ...good, socket: path }).success).toBe(false);
    expect(configuration.safeParse({ ...good, configDirectory: path }).success).toBe(false);
  });

  it.each(['/a,b', `/it's a "pool" $(id) \\ *`, '/é'])('takes the pool directory %j', (path) => {
    expect(configuration.safeParse({ ...good, pools: { main: path } }).success).toBe(true);
  });

  it.each(['/a\nb', '/a\rb', '/a\0b', '/a\u0085b'])('refuses the pool directory %j', (path) => {
    expect(configuration.safeParse({ ...good, pools: { main: path } }).success).toBe(false);
  });

  it('has an IQN prefix unless another is given, and no other keys', () => {
    expect(configuration.parse(good).iqnPrefix).toBe('iqn.2026-01.io.coprhd');
    expect(configuration.safeParse({ ...good, iqnPrefix: 'iqn.2026-01.a b' }).success).toBe(false);
    expect(configuration.safeParse({ ...good, password: 'x' }).success).toBe(false);
  });
});
