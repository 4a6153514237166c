/**
 * Runs a case of the plan fuzzer on a whole installation in memory. Whatever is declared, done by hand or answered by the
 * array: nobody else's object is touched, what was acknowledged is kept, nothing of ours is unknown, what only looks changes
 * nothing; and once the array behaves again everything can be brought to its end, with nothing left over.
 */
import type { HandEdit } from '../../drivers/simulator/hand.ts';
import type { ApplyResult, PlanOptions } from '../../src/engine/operations/types.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { OperationError } from '../../src/lib/diagnostic.ts';
import { disagreements, identities } from '../crash/support/device-facts.ts';
import { readFacts, type StateFacts } from '../crash/support/state-facts.ts';
import { createEstate, type Estate, GIB } from '../engine/planner/estate.ts';
import { iqn } from '../engine/planner/texts.ts';
import { checkClosed } from '../engine/planner/wishes.ts';
import { type ByHand, type FuzzCase, type Tried, textsOf, volumeName } from './case.ts';
import { deviceFacts, placed, type Seen } from './facts.ts';

const FOREIGN = 'theirs';
const ATTESTED = 'the fuzzer';
const MISSING = 'COPRHD-HELD-001';

/** After these a volume need not be what it was. */
const GOING: ReadonlySet<string> = new Set([
  ...['delete', 'forget', 'retain', 'purge', 'replace-create-first', 'replace-delete-first'],
]);

const LET_GO: ReadonlySet<string> = new Set(['retain', 'forget']);

/** How an operation ended, for the statistics of a run. */
export type Ending = 'ok' | 'refused' | 'held' | 'partial' | 'open';

export async function runCase(tried: FuzzCase): Promise<Ending> {
  const run = await prepare(tried);
  const { estate } = run;
  for (const declared of tried.before) await applyInPeace(run, textsOf(declared, tried.arrays));
  atRest(run, placed(await readFacts(estate.engine.store)));
  for (const edit of tried.byHand) happens(run, edit);
  behave(estate, tried);
  const before = await look(run);
  const texts = textsOf(tried.now, tried.arrays);
  const ending = await attempt(run, tried.tried, texts);
  const after = await look(run);
  if (['plan', 'drift', 'discover'].includes(tried.tried.name)) same('what only looks', before.content, after.content);
  // What is retained or forgotten joins them.
  for (const [id, text] of before.foreign) same(`${id}, which is somebody else's,`, text, after.foreign.get(id));
  nothingUnknown(run, after.facts);
  keeps(run, before.facts, after);
  await settle(run, texts);
  return ending;
}

interface Run extends Seen {
  readonly tried: FuzzCase;
  readonly touched: Set<string>;
  /** Of the last plan that was applied: what it removes, forgets or makes anew. */
  given: ReadonlySet<string>;
}

async function prepare(tried: FuzzCase): Promise<Run> {
  const arrays = Array.from({ length: tried.arrays }, (_, at) => `sim-${at + 1}`);
  const estate = await createEstate({ seed: tried.seed, arrays: arrays.map(() => ({})), poolBytes: 64 * GIB });
  for (const array of arrays) {
    const name = `${FOREIGN}-${array}`;
    estate.edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' }, array);
    const mappings = [{ volume: name, hlu: 1 }];
    estate.edit({ edit: 'add-mask', name: `${FOREIGN}-too`, initiators: [iqn(FOREIGN)], mappings }, array);
  }
  return { tried, estate, arrays, touched: new Set(), given: new Set() };
}

/** As far as it may be: what is refused or held is left as it was. */
async function applyInPeace(run: Run, texts: Readonly<Record<string, string>>): Promise<void> {
  const { plan } = await run.estate.plan(texts, { attestOffline: ATTESTED });
  if (!plan) return;
  await checkClosed(run.estate, plan);
  const input = { confirmDestroy: plan.removals.volumes, skipHeld: true, attestOffline: ATTESTED };
  const result = await run.estate.apply(texts, input);
  if (result.outcome !== 'ok' && result.outcome !== 'held') throw new Error(`in peace: ${describe(result)}`);
}

function happens({ estate, arrays, touched }: Run, { what, at }: ByHand): void {
  const array = arrays[at % arrays.length]!;
  const { volumes, masks } = estate.show(array);
  const ours = volumes.filter(({ tag }) => tag !== undefined);
  const masked = masks.filter(({ tag }) => tag !== undefined);
  const [volume, mask] = [ours[at % Math.max(1, ours.length)], masked[at % Math.max(1, masked.length)]];
  const port = ['SP-A1', 'SP-B1', 'SP-A2', 'SP-B2'][at % 4]!;
  const edit = ((): HandEdit | undefined => {
    switch (what) {
      case 'delete-volume':
        return volume && { edit: what, volume: volume.id };
      case 'rename-volume':
        return volume && { edit: what, volume: volume.id, name: `renamed-${at}` };
      case 'grow-volume':
        return volume && { edit: 'resize-volume', volume: volume.id, sizeBytes: volume.sizeBytes + GIB };
      case 'tag-volume':
        return volume && { edit: what, volume: volume.id, tag: null };
      case 'clone-volume':
        return volume && copyOf(volume.id, volume.sizeBytes, at);
      case 'take-name':
        return { edit: 'add-volume', name: volumeName(at), pool: 'fast', sizeBytes: GIB, provisioning: 'thin' };
      case 'delete-mask':
        return mask && { edit: what, mask: mask.id };
      case 'delete-mapping':
        return mask?.mappings[0] && { edit: what, mask: mask.id, hlu: mask.mappings[0].hlu };
      case 'add-initiator':
        return mask && { edit: what, mask: mask.id, initiator: iqn('stray') };
      case 'remove-initiator':
        return mask?.initiators[0] ? { edit: what, mask: mask.id, initiator: mask.initiators[0] } : undefined;
      case 'login':
        return { edit: what, initiator: iqn(`h${(at % 3) + 1}`) };
      case 'port':
        return { edit: what, port, status: 'down' };
      case 'pool':
        return { edit: what, pool: 'fast', offlineWhy: 'a shelf is being moved' };
    }
  })();
  if (edit === undefined) return;
  try {
    const { nativeId } = estate.edit(edit, array);
    for (const id of [nativeId, 'volume' in edit ? edit.volume : undefined, 'mask' in edit ? edit.mask : undefined]) {
      if (id !== undefined) touched.add(`${array} ${id}`);
    }
  } catch {
    // The array refuses what can't be, as it would a person.
  }
}

const copyOf = (volume: string, sizeBytes: number, at: number): HandEdit => ({
  edit: 'add-volume',
  name: `copy-${at}`,
  pool: 'fast',
  sizeBytes,
  provisioning: 'thin',
  copyOf: volume,
});

function behave(estate: Estate, { behaviours, arrays }: FuzzCase): void {
  for (const { operation, how, times } of behaviours) {
    for (let at = 1; at <= arrays; at++) {
      const effect = ['after', 'partial', 'vanish'].includes(how) ? { [how]: true } : { before: how };
      estate.fault({ operation, times, ...effect } as never, `sim-${at}`);
    }
  }
}

async function attempt(run: Run, tried: Tried, texts: Readonly<Record<string, string>>): Promise<Ending> {
  const { estate } = run;
  try {
    switch (tried.name) {
      case 'plan': {
        const { plan, diagnostics } = await estate.plan(texts);
        noBugs(diagnostics);
        if (plan) await checkClosed(estate, plan);
        return plan ? 'ok' : 'refused';
      }
      case 'drift':
      case 'discover':
      case 'recover':
        return endingOf(await estate.run(tried.name, {}));
      case 'destroy':
        return await applyPlan(run, (await estate.run('destroy', { stacks: ['s'], attestOffline: ATTESTED })).plan);
      case 'undelete':
      case 'purge': {
        const address = `s/volume.${volumeName(tried.volume)}`;
        return await applyPlan(run, (await estate.run(tried.name, { address })).plan);
      }
      case 'apply':
        return await applyTexts(run, tried, texts);
    }
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    noBugs(error.diagnostics);
    return 'refused';
  }
}

async function applyTexts(
  run: Run,
  tried: Extract<Tried, { name: 'apply' }>,
  texts: Readonly<Record<string, string>>,
): Promise<Ending> {
  const plan = await planOf(run, texts, tried.attest ? { attestOffline: ATTESTED } : {}, tried.replaceMissing);
  if (!plan) return 'refused';
  const { onError, atomic, skipHeld, confirm } = tried;
  return applyPlan(run, plan, { onError, atomic, skipHeld, confirm });
}

/** `replaceMissing`: with all that is missing made anew. Undefined: refused. */
async function planOf(
  { estate }: Run,
  texts: Readonly<Record<string, string>>,
  options: PlanOptions,
  replaceMissing: boolean,
): Promise<Plan | undefined> {
  const first = await estate.plan(texts, options);
  noBugs(first.diagnostics);
  const missing = replaceMissing && first.plan ? missingIn(first.plan) : [];
  const { plan, diagnostics } = await estate.plan(texts, { ...options, replaceMissing: missing });
  noBugs(diagnostics);
  if (plan) await checkClosed(estate, plan);
  return plan;
}

async function applyPlan(
  run: Run,
  plan: Plan | undefined,
  how: { onError?: 'rollback' | 'suspend' | 'continue'; atomic?: boolean; skipHeld?: boolean; confirm?: boolean } = {},
): Promise<Ending> {
  if (!plan) return 'refused';
  const { onError = 'rollback', atomic = false, skipHeld = true, confirm = true } = how;
  run.given = goingIn(plan, confirm);
  const confirmed = confirm ? { confirmDestroy: plan.removals.volumes } : {};
  const result = await run.estate.run('apply', { plan, skipHeld, claimWaitMs: 0, onError, atomic, ...confirmed });
  return endingOf(result);
}

/** URNs of what the plan takes away or makes anew. What is retained or forgotten isn't removed: nobody has to confirm it. */
const goingIn = (plan: Plan, confirmed: boolean): ReadonlySet<string> =>
  new Set(
    plan.changes
      .filter(({ action, held }) => held === undefined && (confirmed ? GOING : LET_GO).has(action))
      .map(({ urn }) => urn),
  );

const missingIn = (plan: Plan): string[] =>
  plan.changes.filter(({ held }) => held?.diagnostic.code === MISSING).map(({ address }) => address);

function endingOf(report: { readonly outcome: string; readonly diagnostics: ApplyResult['diagnostics'] }): Ending {
  noBugs(report.diagnostics);
  const { outcome } = report;
  if (outcome === 'ok' || outcome === 'changes') return 'ok';
  if (outcome === 'held') return 'held';
  if ('waitsFor' in report && report.waitsFor !== undefined) return 'open';
  return outcome === 'partial' ? 'partial' : 'refused';
}

interface Look {
  readonly facts: StateFacts;
  /** By native id, what carries no mark. */
  readonly foreign: ReadonlyMap<string, string>;
  /** All that is on the arrays and all records. */
  readonly content: unknown;
}

async function look({ estate, arrays }: Run): Promise<Look> {
  const facts = placed(await readFacts(estate.engine.store));
  const shown = arrays.map((array) => estate.show(array));
  return {
    facts,
    foreign: new Map(
      shown.flatMap(({ name: array, volumes, masks }) =>
        [...volumes, ...masks]
          .filter(({ tag }) => tag === undefined)
          .map((object) => [`${array} ${object.id}`, JSON.stringify(object)] as const),
      ),
    ),
    content: { shown, live: facts.live },
  };
}

/** What carries our mark is recorded, whether its workflow has ended or not. */
function nothingUnknown(run: Run, { records }: StateFacts): void {
  const known = new Set<string>(records.map(({ urn }) => urn));
  const { volumes, masks } = deviceFacts(run);
  const unknown = [...volumes, ...masks].filter(({ markedAs }) => markedAs !== undefined && !known.has(markedAs));
  if (unknown.length > 0) complain(`nobody knows ${unknown.map(({ name }) => name).join(', ')}, which carry our mark`);
}

/** Volumes that were acknowledged keep their identity and their object, but for those that were confirmed to go. */
function keeps({ estate, arrays, touched, given }: Run, before: StateFacts, after: Look): void {
  const now = identities(after.facts);
  const there = new Set(arrays.flatMap((array) => estate.show(array).volumes.map(({ id }) => `${array} ${id}`)));
  for (const [urn, identity] of identities(before)) {
    const nativeId = identity.slice(identity.indexOf(' ') + 1);
    if (touched.has(nativeId) || given.has(urn)) continue;
    if (now.get(urn) !== identity) complain(`${urn} was ${identity}, is ${now.get(urn)}`);
    if (!there.has(nativeId)) complain(`${urn} is acknowledged, and its object ${nativeId} is gone`);
  }
}

/** The array behaves, people are gone: it all comes to an end, and nothing is left over. */
async function settle(run: Run, texts: Readonly<Record<string, string>>): Promise<void> {
  const { estate, arrays, tried } = run;
  for (const array of arrays) {
    estate.clearFaults(array);
    for (const port of ['SP-A1', 'SP-A2', 'SP-B1', 'SP-B2']) estate.edit({ edit: 'port', port, status: 'up' }, array);
    estate.edit({ edit: 'pool', pool: 'fast', offlineWhy: null }, array);
    for (const { name } of estate.show(array).initiators) estate.edit({ edit: 'logout', initiator: name }, array);
  }
  await decide(estate);
  const meddled = tried.byHand.length > 0;
  const applied = await applyAll(run, texts);
  const facts = placed(await readFacts(estate.engine.store));
  if (!meddled) atRest(run, facts);
  const leaks = facts.complaints.filter((complaint) => !meddled || /^(w|wo|wj|c)\/|claimed|promises/.test(complaint));
  if (leaks.length > 0) complain(`left over: ${leaks.join('; ')}`);
  if (!applied) return;
  const { plan, diagnostics } = await estate.plan(texts, { attestOffline: ATTESTED });
  if (!plan) complain(`what was applied can't be planned again: ${JSON.stringify(diagnostics)}`);
  const left = plan!.changes.filter(({ held }) => held === undefined);
  if (left.length > 0)
    complain(`the second plan has ${left.map(({ action, address }) => `${action} ${address}`).join(', ')}`);
}

/** What waits for somebody goes on, or back where it can't. */
async function decide(estate: Estate): Promise<void> {
  estate.restart();
  await estate.run('recover', {});
  for (const verb of ['resume', 'rollback', 'resume'] as const) {
    const open = (await estate.keys('wo/')).map((key) => key.slice('wo/'.length));
    for (const task of open) {
      try {
        if (verb === 'resume') await estate.run('task.resume', { task });
        else await estate.run('task.rollback', { task, preview: false });
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        noBugs(error.diagnostics);
      }
    }
  }
}

/** False when it can't be, for a reason that is said. */
async function applyAll(run: Run, texts: Readonly<Record<string, string>>): Promise<boolean> {
  const plan = await planOf(run, texts, { attestOffline: ATTESTED }, true);
  if (!plan) return false;
  const ending = await applyPlan(run, plan);
  if (ending === 'partial' && run.tried.byHand.length === 0) complain('with an array that behaves an apply is partial');
  return ending === 'ok' || ending === 'held';
}

function atRest(run: Run, facts: StateFacts): void {
  const found = [...facts.complaints, ...disagreements(facts, deviceFacts(run))];
  if (found.length > 0) complain(found.slice(0, 5).join('; '));
}

function noBugs(diagnostics: ApplyResult['diagnostics']): void {
  const bug = diagnostics.find(({ code }) => code.startsWith('COPRHD-INTERNAL'));
  if (bug) complain(`${bug.code} ${bug.summary} ${bug.detail ?? ''}`);
}

function same(what: string, before: unknown, after: unknown): void {
  const [a, b] = [JSON.stringify(before), JSON.stringify(after) ?? 'gone'];
  if (a === b) return;
  let at = 0;
  while (a[at] === b[at]) at++;
  complain(
    `${what} has changed: ${a.slice(Math.max(0, at - 80), at + 80)} is ${b.slice(Math.max(0, at - 80), at + 80)}`,
  );
}

function complain(text: string): never {
  throw new Error(text);
}

const describe = ({ outcome, diagnostics, units }: ApplyResult): string =>
  `${outcome} ${JSON.stringify(diagnostics)} ${JSON.stringify(units.filter(({ state }) => state !== 'done'))}`;
