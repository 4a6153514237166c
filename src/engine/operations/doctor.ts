/**
 * `doctor`: looks at everything that has to be right, says what is not and what to do. Reads only, also on devices. Each
 * check stands alone: what one meets doesn't end the others.
 */
import { systemClock } from '../../lib/clock.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import { DEVICE_KINDS, DEVICE_WORDS, type DeviceRecord, isDevice } from '../model/device-kinds.ts';
import { maintenanceOf, maintenanceWords } from '../model/maintenance.ts';
import { effectiveMode } from '../model/mode.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { collect } from '../observe/collect.ts';
import { RESTORE_FIX } from '../state/installation.ts';
import { checkIntegrity } from '../state/integrity.ts';
import { keys } from '../state/keys.ts';
import { isHolderDead, liveProcesses } from '../state/leases.ts';
import { rangeAll, StoreDamagedError } from '../state/store.ts';
import { listSecrets, openSecret, readKeyInUse } from '../state/vault.ts';
import { withView } from '../state/view.ts';
import { readFreeze } from '../workflow/control.ts';
import { holderText, readOwner } from '../workflow/owners.ts';
import { frozenDiagnostic } from '../workflow/run-plan.ts';
import { callContext } from './call-context.ts';
import { KEY_FIX, readKeyRing } from './credentials.ts';
import { openDevice } from './devices.ts';
import type { Call } from './engine.ts';
import { supportFiles } from './support-bundle.ts';
import type { Check, InputOf, ResultOf } from './types.ts';

type Checked = Omit<Check, 'name'>;

/** Clocks that differ by less do no harm: leases are renewed three times within their term. */
const SKEW_MAX_MS = 2_000;
const PROBLEMS_SHOWN = 10;

export async function doctor(call: Call, input: InputOf<'doctor'>): Promise<ResultOf<'doctor'>> {
  const checks: Check[] = [];
  const run = async (name: string, check: () => Promise<readonly Checked[]>) => {
    checks.push(...(await check().catch(failed)).map((each) => ({ name, ...each })));
  };
  await run('state', () => state(call));
  await run('integrity', () => integrity(call));
  await run('clock', () => clockSkew(call));
  await run('vault', () => vault(call));
  await run('processes', () => processes(call));
  await run('freeze', () => frozen(call));
  await run('workflows', () => workflows(call));
  await run('devices', () => devices(call));
  const outcome = checks.some(({ level }) => level === 'fail') ? 'error' : 'ok';
  const report = { outcome, diagnostics: [], checks } as const;
  return input.bundle ? { ...report, files: await supportFiles(call) } : report;
}

const ok = (what: string): Checked => ({ level: 'ok', what });

/** A check that could not be made is one that failed. */
function failed(error: unknown): Checked[] {
  if (error instanceof OperationError) {
    return error.diagnostics.map(({ summary, fix }) => ({ level: 'fail', what: summary, ...(fix ? { fix } : {}) }));
  }
  const what = error instanceof Error ? error.message : String(error);
  return [{ level: 'fail', what, ...(error instanceof StoreDamagedError ? { fix: RESTORE_FIX } : {}) }];
}

async function state({ engine }: Call): Promise<Checked[]> {
  const { version, epoch, installationId } = engine.installation;
  // Real time: how long somebody waits for the store is no matter of the engine's clock.
  const startedAtMs = systemClock.nowMs();
  const snapshot = await engine.store.snapshot();
  const { revision } = snapshot;
  snapshot.close();
  const tookMs = systemClock.nowMs() - startedAtMs;
  const facts = `version ${version}, revision ${revision}, epoch ${epoch}, installation ${installationId}`;
  return [ok(`${engine.store.description} answers in ${tookMs} ms: ${facts}`)];
}

async function integrity({ engine }: Call): Promise<Checked[]> {
  const { records, names, problems } = await checkIntegrity(engine.store);
  const more = problems.length - PROBLEMS_SHOWN;
  const found = problems.slice(0, PROBLEMS_SHOWN).map((what): Checked => ({ level: 'fail', what, fix: RESTORE_FIX }));
  if (more > 0) found.push({ level: 'fail', what: `and ${more} more`, fix: RESTORE_FIX });
  return found.length > 0 ? found : [ok(`records (${records}) agree with names and addresses (${names})`)];
}

/** What was written by others must not lie in the future of this clock. */
async function clockSkew({ engine }: Call): Promise<Checked[]> {
  const nowMs = engine.clock.nowMs();
  let newestMs = 0;
  const { result } = await withView(engine.store, (view) =>
    DEVICE_KINDS.flatMap((kind) => view.all(kind).map(({ record }) => record as DeviceRecord)).map((record) =>
      Math.max(record.createdAtMs, record.status.sinceMs),
    ),
  );
  for (const atMs of result) newestMs = Math.max(newestMs, atMs);
  for (const stream of ['audit', 'workflows']) {
    const [last] = await engine.log.read(stream, { limit: 1 });
    newestMs = Math.max(newestMs, last?.atMs ?? 0);
  }
  for await (const { value } of rangeAll(engine.store, keys.workflows)) {
    newestMs = Math.max(newestMs, (JSON.parse(value) as { createdAtMs: number }).createdAtMs);
  }
  const aheadMs = newestMs - nowMs;
  if (aheadMs <= SKEW_MAX_MS) return [ok('nothing in the state is newer than the clock of this machine')];
  const what = `something in the state was written ${Math.round(aheadMs / 1000)} s in the future of this machine's clock`;
  return [{ level: 'warn', what, fix: 'set the clocks of all machines that share the state by NTP' }];
}

async function vault({ engine }: Call): Promise<Checked[]> {
  const [inUse, secrets] = [await readKeyInUse(engine.store), await listSecrets(engine.store)];
  if (inUse === undefined) return [ok('not in use: no secret is kept')];
  const ring = await readKeyRing(engine.keySource);
  const closed = secrets.filter(({ value }) => openSecret(value, ring) === undefined).map(({ value }) => value.name);
  if (closed.length > 0) {
    const what = `${closed.length} of ${secrets.length} secrets can't be opened here: ${closed.slice(0, PROBLEMS_SHOWN).join(', ')}`;
    return [{ level: 'fail', what, fix: KEY_FIX }];
  }
  if (inUse.value.previous.length > 0) {
    return [{ level: 'warn', what: 'a rotation of the key is not done', fix: 'coprhd secret rotate' }];
  }
  return [ok(`all secrets (${secrets.length}) can be opened with ${engine.keySource.description}`)];
}

async function processes({ engine }: Call): Promise<Checked[]> {
  const all = await liveProcesses(engine.store);
  const dead = all.filter((holder) => isHolderDead(holder, engine.host) === 'dead');
  const found = dead.map(
    ({ pid, host, actor }): Checked => ({
      level: 'warn',
      what: `process ${pid} on ${host} (${actor.name}) has died and still has its lease`,
      fix: 'nothing: the lease ends by itself within seconds; coprhd recover takes over its work at once',
    }),
  );
  return [...found, ok(`${all.length - dead.length} at work`)];
}

/** Says nothing where nothing is frozen. */
async function frozen({ engine }: Call): Promise<Checked[]> {
  const there = await readFreeze(engine.store);
  if (!there) return [];
  const { summary, detail } = frozenDiagnostic(there);
  return [{ level: 'warn', what: `${summary}. ${detail}`, fix: 'coprhd thaw, once that is over' }];
}

async function workflows({ engine }: Call): Promise<Checked[]> {
  const found: Checked[] = [];
  let open = 0;
  for await (const { key } of rangeAll(engine.store, keys.workflows, { keysOnly: true })) {
    const id = key.slice(keys.workflows.length);
    const { state: holder, workflow, owner } = await readOwner({ ...engine, process: { id: '' } }, id);
    if (holder === 'gone' || !workflow) continue;
    open += 1;
    if (holder === 'alive') continue;
    if (workflow.waitsFor === 'decision') {
      const waits = `workflow ${id} (${workflow.operation}) is suspended and waits for a decision`;
      const fix = `coprhd task resume ${id}, or coprhd task rollback ${id} --preview`;
      found.push({ level: 'warn', what: waits, fix });
      continue;
    }
    const what = `workflow ${id} (${workflow.operation}, ${workflow.phase}) was left open by ${holderText(owner)}`;
    found.push({ level: 'warn', what, fix: 'coprhd recover' });
  }
  return found.length > 0 ? found : [ok(open === 0 ? 'none is open' : `${open} under way`)];
}

async function devices(call: Call): Promise<Checked[]> {
  const { result: all } = await withView(call.engine.store, (view) =>
    DEVICE_KINDS.flatMap((kind) => view.all(kind).map(({ record }) => record as DeviceRecord)).filter(isLive),
  );
  if (all.length === 0) return [ok('no storage system is recorded')];
  return (await Promise.all(all.map((each) => device(call, each)))).flat();
}

async function device(call: Call, record: DeviceRecord): Promise<Checked[]> {
  const { engine, ctx } = call;
  const { name } = record;
  const startedAtMs = systemClock.nowMs();
  try {
    const { device: open, fellBack } = await openDevice(engine.devices, record);
    const seen = await open.identify(callContext(engine.clock, ctx.signal, LIMITS.deviceCallDeadlineMs));
    const tookMs = systemClock.nowMs() - startedAtMs;
    const answered = `${name} answers in ${tookMs} ms: ${seen.model}, firmware ${seen.firmwareVersion}, serial ${seen.serialNumber}`;
    const recorded = record.status.identity;
    if (recorded && recorded.serialNumber !== seen.serialNumber) {
      const what = `${name} is another device than recorded: serial ${seen.serialNumber}, recorded is ${recorded.serialNumber}`;
      return [{ level: 'fail', what, fix: 'correct its endpoint or configuration' }];
    }
    const byOther = fellBack ? [{ level: 'warn' as const, what: fellBack.summary, fix: fellBack.fix! }] : [];
    return [
      ok(answered),
      ...byOther,
      ...doubts(record, seen.supported, engine.installation.epoch, engine.clock.nowMs()),
      ...(isDevice(record, 'networkSystem') ? await fabrics(call, record) : []),
    ];
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const fix = error.hint ?? `check the device and the configuration of its ${DEVICE_WORDS[record.kind]}`;
    return [{ level: 'fail', what: `${name} can't be reached: ${error.message}`, fix }];
  }
}

/** What would keep zones from being made on its fabrics, of those that are networks. */
async function fabrics({ engine, ctx }: Call, system: ResourceRecord<'networkSystem'>): Promise<Checked[]> {
  const { network } = await engine.devices.openNetwork(system);
  const deviceCtx = callContext(engine.clock, ctx.signal, LIMITS.discoveryDeadlineMs);
  const listed = await collect('fabrics', (c, page) => network.listFabrics(c, page), deviceCtx);
  const found: Checked[] = [];
  for (const fabric of listed.items) {
    const { defaultZone, transaction, pendingCount } = await network.readZoning(deviceCtx, fabric.nativeId);
    const where = `fabric ${fabric.name} of ${system.name}`;
    if (defaultZone === 'permit') {
      const what = `the default zone of ${where} is open: nothing is zoned there`;
      found.push({ level: 'warn', what, fix: 'set it to no access, after a look at who relies on it' });
    }
    if (transaction) {
      const what = `${transaction.owner} holds the zoning of ${where} open`;
      found.push({ level: 'warn', what, fix: `ask ${transaction.owner} to commit or abort it` });
    }
    if (pendingCount > 0) {
      const what = `${pendingCount} zones were saved on ${where} and not activated`;
      found.push({ level: 'warn', what, fix: `coprhd network fabrics ${system.name} shows them` });
    }
    const down = fabric.switches.filter(({ status }) => status === 'down').map(({ name }) => name);
    if (down.length > 0) {
      const what = `switches of ${where} are down: ${down.join(', ')}`;
      found.push({ level: 'warn', what, fix: 'check them' });
    }
  }
  if (listed.why !== undefined) found.push({ level: 'warn', what: `${system.name}: ${listed.why}`, fix: 'check it' });
  const count = listed.items.length;
  return found.length > 0 ? found : [ok(`${system.name} shows ${count} ${count === 1 ? 'fabric' : 'fabrics'}`)];
}

function doubts(system: DeviceRecord, supported: boolean, epoch: number, nowMs: number): Checked[] {
  const found: Checked[] = [];
  if (!supported) {
    const what = `${system.name} has a model or firmware that its driver was not tested with`;
    found.push({ level: 'warn', what, fix: 'coprhd driver list shows what it was tested with' });
  }
  const resting = maintenanceOf(system, nowMs);
  if (resting) {
    const fix = `coprhd device maintenance ${system.name} --end, when it is over`;
    found.push({ level: 'warn', what: `${system.name} is in maintenance ${maintenanceWords(resting)}`, fix });
  }
  const mode = effectiveMode(system, epoch);
  if (mode !== system.spec.mode) {
    const what = `${system.name} is in mode ${mode}, its file says ${system.spec.mode}`;
    found.push({ level: 'warn', what, fix: `coprhd device review ${system.name} --accept ${system.spec.mode}` });
  }
  return found;
}
