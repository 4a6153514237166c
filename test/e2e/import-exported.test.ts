/**
 * LUNs that somebody made and exported by hand on a real iSCSI target, in use all the while: they are taken over with hosts and
 * numbers, the plan after it is empty, no session ends and no byte changes; then they are managed like any other.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { TgtArray } from '../../scripts/lib/tgt-array.js';
import { EVERYTHING } from '../long-only.ts';
import { actionsIn, ensureBuilt, expectNoChanges, type LunFacts, lunsOf, type PlanDocument } from './cli.ts';
import { iqnOf, MIB } from './plans.ts';
import { describeOnTgt, expectPattern, fileState, seenOverIscsi, targetsOf, useTgt, writePattern } from './tgt.ts';

beforeAll(ensureBuilt);

const HOSTS = ['srv-a', 'srv-b'] as const;
const EACH = 10;
const INTO = ['--project', 'e2e', '--virtual-pool', 'gold', '--virtual-array', 'dc1'];
const nameOf = (host: string, lun: number) => `${host}-${String(lun).padStart(2, '0')}`;
const wwnOf = (host: number, lun: number) => `6${String(host + 1).padStart(15, '0')}${String(lun).padStart(16, '0')}`;

/** One target for each host, ten sparse files as LUNs, each with an identity of its own. */
async function makeByHand(array: TgtArray): Promise<void> {
  for (const [index, host] of HOSTS.entries()) {
    const tid = String(40 + index);
    await array.tgtadm(...['--op', 'new', '--mode', 'target', '--tid', tid, '-T', `iqn.2019-03.com.example:${host}`]);
    for (let lun = 1; lun <= EACH; lun++) {
      const file = join(array.poolDirectory, `${nameOf(host, lun)}.img`);
      const handle = openSync(file, 'w');
      ftruncateSync(handle, 8 * MIB);
      closeSync(handle);
      const at = ['--mode', 'logicalunit', '--tid', tid, '--lun', String(lun)];
      await array.tgtadm('--op', 'new', ...at, '-b', file);
      await array.tgtadm(
        '--op',
        'update',
        ...at,
        '--params',
        `scsi_id=${wwnOf(index, lun)},scsi_sn=hand${index}${lun}`,
      );
    }
    await array.tgtadm('--op', 'bind', '--mode', 'target', '--tid', tid, '-Q', iqnOf(host));
  }
}

/** Writes and reads back, again and again, over one session, until told to stop; then says how it went. */
function keepBusy({ targetName, hlu, initiators, portals }: Busy) {
  const image = `driver=iscsi,transport=tcp,portal=${portals[0]},target=${targetName},lun=${hlu},initiator-name=${initiators[0]}`;
  const child = spawn('qemu-io', ['--image-opts', image], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  let rounds = 0;
  const next = () => {
    rounds += 1;
    const byte = (rounds % 250) + 1;
    child.stdin.write(`write -P ${byte} 4M 64k\nread -P ${byte} 4M 64k\n`);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  next();
  const timer = setInterval(next, 100);
  return async () => {
    clearInterval(timer);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdin.end('quit\n');
    const code = await ended;
    const wrong = said.split('\n').filter((line) => /fail|error|verif/i.test(line) && !line.includes('BUS_RESET'));
    const done = [...said.matchAll(/read 65536\/65536 bytes/g)].length;
    return { code, wrong, lost: rounds - done, rounds };
  };
}
type Busy = Pick<LunFacts, 'targetName' | 'hlu' | 'initiators' | 'portals'>;

/** Sessions by their number on the target, which a new login doesn't get again. */
const sessions = async (array: TgtArray): Promise<string[]> =>
  (await targetsOf(array)).flatMap(({ name, text }) =>
    [...text.matchAll(/I_T nexus: (\d+)\n\s+Initiator: (\S+)/g)].map(([, nexus, who]) => `${name} ${nexus} ${who}`),
  );

describeOnTgt('LUNs that were exported by hand', () => {
  const fresh = useTgt();

  it('20 of two initiators are taken over while they are used, and managed from then on', async () => {
    const world = await fresh();
    const { array } = world;
    await world.expect(0, 'apply', 'plans', '--yes');
    await makeByHand(array);
    const byHand = HOSTS.flatMap((host) =>
      Array.from({ length: EACH }, (_, index): Busy & { file: string; byte: number } => ({
        targetName: `iqn.2019-03.com.example:${host}`,
        hlu: index + 1,
        initiators: [iqnOf(host)],
        portals: array.portals,
        file: join(array.poolDirectory, `${nameOf(host, index + 1)}.img`),
        byte: 0x30 + index + (host === 'srv-a' ? 0 : EACH),
      })),
    );
    for (const lun of byHand) await writePattern(lun, lun.byte);
    const stops = [byHand[0]!, byHand[EACH]!].map(keepBusy);
    await expect.poll(() => sessions(array), { timeout: 10_000 }).toHaveLength(2);
    const idle = byHand.filter((_, index) => index % EACH !== 0);
    const content = async () => Promise.all(idle.map(async ({ file }) => await shaOf(file)));
    const [before, data, targets] = [await sessions(array), await content(), await access(array)];

    const out = join(world.directory, 'plans', 'imported.yaml');
    const found = await world.expect(0, 'import', '--match', 'srv-*', '--system', 'array-1', ...INTO, '--out', out);
    expect(found.stdout).toContain('imported.yaml');
    const { plan } = await world.json<PlanDocument>('plan', 'plans');
    expect(Object.values(actionsIn(plan)).sort()).toEqual([
      ...Array.from({ length: 22 }, () => 'adopt'),
      'create',
      'create',
    ]);
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(world, 'plans');

    expect([await sessions(array), await content(), await access(array)]).toEqual([before, data, targets]);
    for (const stop of stops) {
      const { rounds, ...ended } = await stop();
      expect(ended).toEqual({ code: 0, wrong: [], lost: 0 });
      expect(rounds).toBeGreaterThan(10);
    }
    const text = readFileSync(out, 'utf8');
    const shown = [...text.matchAll(/^ {2}(\S+):(?: \{|\n {3}) host: /gm)].map(([, name]) => name!);
    expect(shown).toHaveLength(2);
    const luns = (await Promise.all(shown.map((name) => lunsOf(world, `imported/export.${name}`)))).flat();
    expect(luns.map(({ hlu }) => hlu)).toEqual([...byHand.map(({ hlu }) => hlu)]);
    expect((await seenOverIscsi(luns[3]!, luns[3]!.portals[0]!)).wwn).toBe(wwnOf(0, 4));

    // The machine of the array starts again: the targets come back as they were, by our files.
    await array.restart();
    for (const lun of idle) await expectPattern(lun, lun.byte);
    await expectNoChanges(world, 'plans');

    // Managed: one is not shown any more, a new one is, at another number of the same target.
    const changed = text.replace(/\{ volume: srv-a-10, hlu: 10 \}/, '{ volume: fresh, hlu: 11 }');
    const more = changed.replace(
      'volumes:\n',
      'volumes:\n  fresh: { size: 8MiB, virtualPool: gold, virtualArray: dc1, protect: false }\n',
    );
    writeFileSync(out, more);
    await world.expect(0, 'apply', 'plans', '--yes');
    const own = (await targetsOf(array)).find(({ name }) => name.endsWith('srv-a'))!;
    expect(own.luns.map(({ lun }) => lun)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    await expectNoChanges(world, 'plans');
  });

  it('are taken over without a file, with the host that sees them', async () => {
    const world = await fresh();
    const { array } = world;
    await world.expect(0, 'apply', 'plans', '--yes');
    await makeByHand(array);
    await world.expect(0, 'host', 'create', 'srv-a', '--type', 'linux', '--iqn', `${iqnOf('srv-a')}=san-ip`, '--yes');
    const [targetName, portals] = ['iqn.2019-03.com.example:srv-a', array.portals];
    const luns = [1, EACH].map((hlu) => ({ targetName, hlu, portals, initiators: [iqnOf('srv-a')] }));
    for (const lun of luns) await writePattern(lun, 0x60 + lun.hlu);
    const stop = keepBusy(luns[0]!);
    await expect.poll(() => sessions(array), { timeout: 10_000 }).toHaveLength(1);
    const before = [await sessions(array), await access(array)];

    await world.expect(0, 'discover');
    const { volumes, masks } = await world.json<{
      volumes: { name: string; nativeId: string; masks: string[] }[];
      masks: { nativeId: string; name: string }[];
    }>('volume', 'foreign');
    expect(volumes).toHaveLength(2 * EACH);
    const mask = masks.find(({ name }) => name.endsWith('srv-a'))!;
    const ids = volumes.filter((volume) => volume.masks.includes(mask.nativeId)).map(({ nativeId }) => nativeId);
    expect(ids).toHaveLength(EACH);
    const adopt = ['volume', 'adopt', ...ids, '--system', 'array-1', ...INTO];
    const refused = await world.run(...adopt, '--yes');
    expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringContaining('it is exported')]);
    await world.expect(0, ...adopt, '--host', 'srv-a', '--yes');
    expect([await sessions(array), await access(array)]).toEqual(before);
    const { code, wrong, lost } = await stop();
    expect({ code, wrong, lost }).toEqual({ code: 0, wrong: [], lost: 0 });
    await expectPattern(luns[1]!, 0x60 + EACH);
    expect((await lunsOf(world, 'export.srv-a')).map(({ hlu }) => hlu)).toEqual(
      Array.from({ length: EACH }, (_, index) => index + 1),
    );
    await world.expect(0, 'drift');
    await expectNoChanges(world, 'plans');
    const left = await world.json<{ volumes: unknown[] }>('volume', 'foreign');
    expect(left.volumes).toHaveLength(EACH);
  });

  it.runIf(EVERYTHING)('a target that could not be kept as it is is left alone, and why is said', async () => {
    const world = await fresh();
    const { array } = world;
    await world.expect(0, 'apply', 'plans', '--yes');
    await makeByHand(array);
    const account = ['--mode', 'account'];
    await array.tgtadm('--op', 'new', ...account, '--user', 'somebody', '--password', 'twelve-letters');
    await array.tgtadm('--op', 'bind', ...account, '--tid', '40', '--user', 'somebody');
    const out = join(world.directory, 'plans', 'imported.yaml');
    await world.expect(0, 'import', '--match', 'srv-a-*', '--system', 'array-1', ...INTO, '--out', out);
    const before = await access(array);
    const ran = await world.run('apply', 'plans', '--yes');
    expect(ran.code).not.toBe(0);
    expect(ran.stdout + ran.stderr).toContain('it asks for a CHAP account (somebody)');
    expect(await access(array)).toEqual(before);
  });
});

const shaOf = async (file: string): Promise<string> => {
  const { sha256, ino } = JSON.parse(await fileState(file)) as { sha256: string; ino: number };
  return `${ino} ${sha256} ${execFileSync('stat', ['-c', '%n %s', file], { encoding: 'utf8' }).trim()}`;
};

/** Who is shown what, at which number and as what. */
const access = async (array: TgtArray) =>
  (await targetsOf(array)).map(({ tid, name, luns, acl }) => ({ tid, name, luns, acl }));
