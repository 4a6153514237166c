/** Somebody who puts an old export of the state back, as after a lost disk; and the administrator who reviews the arrays then. */
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import { isHolderDead, liveProcesses } from '../../../src/engine/state/leases.ts';
import { importState } from '../../../src/engine/state/transfer.ts';
import { checkEstate } from '../invariants/estate.ts';
import { faultyStore } from '../world/faulty-store.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Estate } from './estate.ts';
import { run, wait } from './running.ts';

export async function restorerLife(estate: Estate): Promise<void> {
  const { world } = estate;
  const rng = world.rng.fork('restorer');
  const machine = world.machines[0]!;
  await wait(world, rng.int(0, world.options.troubleMs / 2));
  const exporter = world.start('restorer', machine);
  exporter.operation = 'state export';
  const exported = await run(exporter, 'state.export', {});
  exporter.exit();
  if (exported.type !== 'result') return;
  await wait(world, rng.int(1_000, world.options.troubleMs / 2));
  if (!world.trouble) return;
  estate.closedForRestore = true;
  // Whoever is at work is told first how it ended: what was put back can't be asked for that.
  while (estate.busy > 0) await wait(world, 1_000);
  world.monitor.restoring = true;
  for (;;) {
    const process = world.start('restorer', machine);
    process.operation = 'state import';
    const done = await restored(process, exported.result.document);
    process.exit();
    if (done) break;
    await wait(world, 2_000);
  }
  noteWhatIsForgotten(estate);
  world.monitor.restoring = false;
  world.log.say('restorer', `an older state was put back, epoch ${world.monitor.state.value('m/epoch')}`);
  checkEstate(world.monitor);
  estate.closedForRestore = false;
  await wait(world, rng.int(0, 20_000));
  await reviewAll(estate, 'restorer');
}

/** As `state import --replace` does: refused while somebody is at work. False: to be tried again. */
async function restored(process: Incarnation, document: string): Promise<boolean> {
  const store = faultyStore(process);
  const work = async () => {
    const users = (await liveProcesses(store)).filter((holder) => isHolderDead(holder, process.host) !== 'dead');
    if (users.length > 0) return false;
    await importState(store, document, { replace: true });
    return true;
  };
  return Promise.race([work().catch(() => false), process.death.then(() => false)]);
}

/** What was made since the export carries our mark and is in no record; what was ended since is in a record. */
function noteWhatIsForgotten({ world }: Estate): void {
  const { monitor } = world;
  monitor.restored = true;
  const known = new Map<string, ResourceRecord>();
  const uncommitted = new Set(monitor.state.workflows().flatMap(({ id, phase }) => (phase === 'claiming' ? [id] : [])));
  for (const record of monitor.state.records()) {
    // Of a workflow that had not committed when the state was exported nothing ever counted: its records go with its claims. If it
    // has committed since then that is forgotten, as is all that was begun since.
    const isPromised = record.status.phase !== 'creating' || !uncommitted.has(record.claim?.workflow ?? '');
    if (isLive(record) && isPromised) known.set(record.urn, record);
  }
  for (const array of world.arrays.values()) {
    for (const [key, text] of array.texts) {
      if (!key.startsWith('volume/') && !key.startsWith('mask/')) continue;
      const object = JSON.parse(text) as { id: string; tag?: string };
      const urn = monitor.ourUrn(object);
      if (urn === undefined) continue;
      if (known.get(urn)?.status.device?.nativeId !== object.id) monitor.forgotten.add(`${array.name}/${object.id}`);
    }
  }
  for (const [urn, { nativeId }] of monitor.acknowledged) {
    if (known.get(urn)?.status.device?.nativeId !== nativeId) monitor.acknowledged.delete(urn);
  }
}

/** Accepts every array for the present epoch of the state. False: one of them refused. */
export async function reviewAll(estate: Estate, name: string): Promise<boolean> {
  const { world } = estate;
  let all = true;
  for (let number = 1; number <= world.options.arrays; number++) {
    const process = world.start(name, world.machines[0]!);
    process.operation = `review array-${number}`;
    const end = await run(process, 'device.review', { name: `array-${number}`, accept: 'manage' });
    process.exit();
    all &&= end.type === 'result' && end.result.outcome === 'ok';
  }
  return all;
}
