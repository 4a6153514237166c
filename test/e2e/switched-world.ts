/**
 * plans/two-fabrics with the engine in this process, and its two fabrics served by the vendors' simulators over real SSH and
 * HTTPS: for what people do to the switches, and what goes wrong, while coprhd works.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { FosSimulator } from '../../drivers/simulator/fos/simulator.ts';
import { simUp } from '../../drivers/simulator/manage.ts';
import type { MdsSimulator } from '../../drivers/simulator/mds/simulator.ts';
import { type Serving, serveFabrics } from '../../drivers/simulator/serve/serve.ts';
import { makeKeyPair } from '../../src/daemon/tls.ts';
import { type LocalClient, openLocalClient } from '../../src/engine/operations/local-client.ts';
import type { ApplyInput, ApplyResult, PlanOptions, PlanSource } from '../../src/engine/operations/types.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { ROOT } from './cli.ts';

export const VSAN = 20;
const PASSWORD = 'simulated';
process.env.COPRHD_TEST_SWITCHES = PASSWORD;

export type Fabric = 'a' | 'b';

/** Names of zones of one state of a fabric. */
type Zones = Readonly<Record<string, readonly string[]>>;

export interface SwitchedWorld {
  readonly client: LocalClient;
  readonly brocade: FosSimulator;
  readonly cisco: MdsSimulator;
  plan(exports: string): Promise<Plan>;
  /** Plans and applies; whatever comes of it. */
  apply(
    exports: string,
    options?: Pick<PlanOptions, 'activatePending'> & Pick<ApplyInput, 'onError'>,
  ): Promise<ApplyResult>;
  applyPlan(plan: Plan): Promise<ApplyResult>;
  saved(fabric: Fabric): Zones;
  inEffect(fabric: Fabric): Zones;
  /** Somebody makes a zone, saved only unless `enable`. */
  colleague(fabric: Fabric, name: string, enable?: boolean): void;
  /** And takes it away again. */
  colleagueRemoves(fabric: Fabric, name: string): void;
}

export const ONE_HOST = 'exports: { one: { host: host-1, volumes: [data-1] } }';
export const TWO_HOSTS =
  'exports: { one: { host: host-1, volumes: [data-1] }, two: { host: host-2, volumes: [data-2] } }';

const home = mkdtempSync(join(tmpdir(), 'coprhd-switched-'));
const open: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of open.splice(0)) await close();
  rmSync(home, { recursive: true, force: true });
});

const readPlan = (name: string) => readFileSync(`${ROOT}plans/two-fabrics/${name}`, 'utf8');
/** The vault has no part in this. */
const INFRASTRUCTURE = readPlan('infrastructure.yaml').replaceAll('vault:switches', 'env:COPRHD_TEST_SWITCHES');
const VOLUMES = readPlan('stack.yaml').replace(/^exports:[\s\S]*/m, '');

let tls: ReturnType<typeof makeKeyPair> | undefined;

function serve(directory: string, zoneMode: 'basic' | 'enhanced'): Promise<Serving> {
  tls ??= makeKeyPair(Date.now());
  return serveFabrics({
    ...{ directory, brocade: [], cisco: [], sshPorts: {}, httpsPorts: {}, password: PASSWORD },
    ...{ vsan: VSAN, zoneMode, clock: systemClock, tls: () => tls! },
  });
}

const brocadeZones = (zones: ReadonlyMap<string, { readonly members: readonly string[] }>): Zones =>
  Object.fromEntries([...zones].map(([name, { members }]) => [name, members]));

const ciscoZones = (zones: readonly { readonly name: string; readonly members: readonly object[] }[]): Zones =>
  Object.fromEntries(zones.map(({ name, members }) => [name, members.map((one) => JSON.stringify(one))]));

const ASKED = { skipHeld: false, claimWaitMs: 0 };

/** Everything but exports is applied already. */
export async function switchedWorld(zoneMode: 'basic' | 'enhanced' = 'enhanced'): Promise<SwitchedWorld> {
  const root = mkdtempSync(join(home, 'world-'));
  const directory = join(root, 'sim');
  await simUp({ directory, generate: { arrays: 1, models: ['engines'], hosts: 3, zones: 8 } });
  const serving = await serve(directory, zoneMode);
  const client = await openLocalClient({
    state: join(root, 'state'),
    actor: { type: 'local', name: 'anna', uid: 1000 },
  });
  open.push(async () => {
    await client.close();
    await serving.close();
  });
  await client.call('init', {});
  const brocade = serving.brocade.get('fabric-a')!;
  const cisco = serving.cisco.get('fabric-b')!;
  const variables = {
    directory,
    'https-port': String(brocade.httpsPort),
    'ssh-port': String(cisco.sshPort),
  };
  const source = (exports: string): PlanSource => ({
    texts: [
      { file: 'infrastructure.yaml', text: INFRASTRUCTURE },
      { file: 'stack.yaml', text: `${VOLUMES}${exports}\n` },
    ],
    variables,
  });
  const world: SwitchedWorld = {
    ...{ client, brocade, cisco },
    plan: async (exports) => {
      const { plan, diagnostics } = await client.call('plan', source(exports));
      if (!plan) throw new Error(JSON.stringify(diagnostics));
      return plan;
    },
    apply: (exports, { activatePending = false, onError = 'rollback' } = {}) =>
      client.call('apply', { ...ASKED, source: { ...source(exports), activatePending }, onError }),
    applyPlan: (plan) => client.call('apply', { ...ASKED, plan }),
    saved: (fabric) =>
      fabric === 'a'
        ? brocadeZones(brocade.state().fabrics[0]!.defined.zones)
        : ciscoZones(cisco.dump().switches[0]!.zoning[VSAN]!.db.zones),
    inEffect: (fabric) =>
      fabric === 'a'
        ? brocadeZones(brocade.state().fabrics[0]!.effective!.zones)
        : ciscoZones(cisco.dump().vsans.find(({ id }) => id === VSAN)!.active!.zones),
    colleague: (fabric, name, enable = false) => {
      const members = ['10:00:00:00:00:00:00:99', '50:00:00:00:00:00:00:99'];
      if (fabric === 'a') brocade.hand.createZone({ name, members, configuration: 'legacy', enable });
      else {
        const typed = members.map((wwn) => ({ kind: 'pwwn', wwn }) as const);
        cisco.hand.createZone({ vsan: VSAN }, { name, members: typed, zoneset: 'legacy' }, enable);
      }
    },
    colleagueRemoves: (fabric, name) =>
      fabric === 'a' ? brocade.hand.deleteZone(name, true) : cisco.hand.deleteZone({ vsan: VSAN }, name, true),
  };
  const first = await world.apply('');
  if (first.outcome !== 'ok') throw new Error(JSON.stringify(first.diagnostics));
  return world;
}

export const namesOf = (zones: Zones): string[] => Object.keys(zones).sort();

/** Without ours, as text: equal texts are the same to the byte. */
export const foreignIn = (zones: Zones): string =>
  JSON.stringify(Object.entries(zones).filter(([name]) => !name.startsWith('SDS_')));

export const oursIn = (zones: Zones): string[] => namesOf(zones).filter((name) => name.startsWith('SDS_'));
