/**
 * plans/two-fabrics as its README runs it, in processes of their own: a data centre, switches of two vendors served from it,
 * the plan, the apply, the empty second plan, a host that leaves. UPDATE_GOLDEN=1 rewrites the plan that is recorded.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cli, cliIn, ensureBuilt, type PlanDocument, ROOT, spawnProgram } from './cli.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const GOLDEN = fileURLToPath(new URL('fixtures/two-fabrics-plan.txt', import.meta.url));

const directory = mkdtempSync(join(tmpdir(), 'coprhd-two-fabrics-'));
const killing: (() => void)[] = [];
afterAll(() => {
  for (const kill of killing) kill();
  rmSync(directory, { recursive: true, force: true });
});
beforeAll(ensureBuilt);

interface Served {
  readonly fabrics: readonly { readonly fabric: string; readonly sshPort: number; readonly httpsPort?: number }[];
  /** Ctrl-C; answers with the exit code. */
  end(): Promise<number | null>;
}

async function serve({ directory: cwd, state }: Cli): Promise<Served> {
  const env = { PATH: process.env.PATH ?? '', COPRHD_STATE: state, COPRHD_SIM: join(cwd, 'sim') };
  const child = spawn(process.execPath, [`${ROOT}bin/run.js`, 'sim', 'serve', '--json'], {
    ...{ cwd, env, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  killing.push(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line) as { type: string; fabrics: Served['fabrics'] };
    if (said.type !== 'sim.serving') continue;
    const end = () => {
      child.kill('SIGINT');
      return ended;
    };
    return { fabrics: said.fabrics, end };
  }
  throw new Error(`it ended with ${await ended}`);
}

/** As the README does it. */
const setSecret = ({ state }: Cli) =>
  spawnProgram('sh', ['-c', `printf simulated | "${process.execPath}" "${ROOT}bin/run.js" secret set switches`], {
    env: { COPRHD_STATE: state, COPRHD_KEY: KEY },
  });

interface KeptZones {
  readonly a: Readonly<Record<string, unknown>>;
  readonly b: Readonly<Record<string, unknown>>;
}

/** What is in effect, from what the switches keep. */
async function inEffect(): Promise<KeptZones> {
  // Kept at most a quarter of a second late.
  await new Promise((resolve) => setTimeout(resolve, 400));
  const kept = (name: string) => JSON.parse(readFileSync(join(directory, 'sim', '.served', `${name}.json`), 'utf8'));
  const { fabrics } = kept('fabric-a.brocade') as {
    fabrics: [{ effective: { zones: { $map: [string, unknown][] } } }];
  };
  const { vsans } = kept('fabric-b.cisco') as { vsans: { id: number; active?: { zones: { name: string }[] } }[] };
  const active = vsans.find(({ id }) => id === 20)!.active!.zones;
  return {
    a: Object.fromEntries(fabrics[0].effective.zones.$map),
    b: Object.fromEntries(active.map((zone) => [zone.name, zone])),
  };
}

const those = (zones: KeptZones['a'], wanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(zones).filter(([name]) => wanted(name)));
const isOurs = (name: string) => name.startsWith('SDS_');
const isOf = (host: number) => (name: string) => new RegExp(`^SDS_host[_-]${host}_`).test(name);
const notOf = (host: number) => (name: string) => !isOf(host)(name);

/** What differs from run to run: ports, keys, hashes of the installation, times. */
const normalised = (text: string, ports: readonly number[]) =>
  ports
    .reduce((all, port, index) => all.replaceAll(new RegExp(`([:=])${port}\\b`, 'g'), `$1PORT${index + 1}`), text)
    .replaceAll(/\(id [0-9a-f]+\)/g, '(id ID)')
    .replaceAll(/SHA256:\S+/g, 'SHA256:KEY')
    .replaceAll(/([_-])[0-9a-f]{8}\b/g, '$1HASH')
    .replaceAll(/ +(basis: revision \d+), observed .*$/gm, '  $1, observed just now')
    .replaceAll(directory, 'DIR')
    .replaceAll(/^reading .*$\n?/gm, '');

it('plans paths and zones of two vendors, makes exactly those, and a host that leaves takes only its own zones along', async () => {
  const cli = cliIn(directory, join(directory, 'state'), { COPRHD_KEY: KEY });
  cpSync(`${ROOT}plans/two-fabrics`, join(directory, 'plans'), { recursive: true });
  await Promise.all([
    cli.expect(0, 'sim', 'up', '--arrays', '1', '--model', 'engines', '--zones', '8'),
    cli.expect(0, 'init'),
  ]);
  const [served, secret] = await Promise.all([serve(cli), setSecret(cli)]);
  expect(secret.code, secret.stderr).toBe(0);
  const [a, b] = served.fabrics as [Served['fabrics'][0], Served['fabrics'][0]];
  const found = await inEffect();

  const files = ['plans', '--var', `directory=${join(directory, 'sim')}`];
  const variables = ['--var', `https-port=${a.httpsPort}`, '--var', `ssh-port=${b.sshPort}`];
  const saved = join(directory, 'erp.plan');
  const planned = await cli.expect(0, 'plan', ...files, ...variables, '--human', '--out', saved);
  const text = normalised(planned.stdout, [a.httpsPort!, b.sshPort]);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, text);
  expect(text).toBe(readFileSync(GOLDEN, 'utf8'));

  await cli.expect(0, 'apply', saved, '--yes');
  const zoned = await inEffect();
  const named = [...planned.stdout.matchAll(/\+ zone (SDS_\S+) on/g)].map(([, name]) => name!).sort();
  const made = [...Object.keys(zoned.a), ...Object.keys(zoned.b)].filter(isOurs);
  expect(made.sort()).toEqual(named);
  for (const fabric of ['a', 'b'] as const) {
    expect(those(zoned[fabric], (name) => !isOurs(name))).toEqual(found[fabric]);
  }

  const infrastructure = join(directory, 'plans', 'infrastructure.yaml');
  const whole = readFileSync(infrastructure, 'utf8');
  writeFileSync(infrastructure, whole.replace('hosts: [host-1, host-2]', 'hosts: [host-1]'));
  const leaving = ['--attest-offline', 'anna: shut down'];
  const { plan } = await cli.json<PlanDocument>('plan', ...files, ...variables, ...leaving);
  expect(plan.changes.map(({ address }) => address)).toEqual(['infrastructure/cluster.db', 'erp/export.db']);
  const own = (['a', 'b'] as const).map((fabric) => Object.keys(those(zoned[fabric], isOf(2))).length);
  expect(Math.min(...own)).toBeGreaterThan(0);
  expect(plan.fabrics).toMatchObject(own.map((remove) => ({ add: 0, change: 0, remove })));
  await cli.expect(0, 'apply', ...files, ...variables, ...leaving, '--yes');
  const left = await inEffect();
  for (const fabric of ['a', 'b'] as const) {
    expect(left[fabric]).toEqual(those(zoned[fabric], notOf(2)));
  }
  expect((await cli.expect(0, 'plan', ...files, ...variables, '--exit-code', '--human')).stdout).toContain(
    'No changes.',
  );
  expect(await served.end()).toBe(0);
});
