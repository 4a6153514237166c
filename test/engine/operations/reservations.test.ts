/** What a process had reserved when it died ends with its lease: nobody has to know of it, or to clean up. */
import { describe, expect, it } from 'vitest';
import { keys } from '../../../src/engine/state/keys.ts';
import { decodeLedger, encodeLedger } from '../../../src/engine/state/records.ts';
import { codes, createEstate, type Estate, GIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const volume = (name: string) => stack({ stack: name, volumes: { [name]: 'size: 150GiB' } });

class Killed extends Error {}

/** 100 GiB, subscribed to 200 %: one volume fits, a second doesn't. */
async function killedAt(point: string): Promise<Estate> {
  const estate = await createEstate({ poolBytes: 100 * GIB });
  await estate.applied(infrastructure());
  estate.crashPoint = (name) => {
    if (name === point) throw new Killed(point);
  };
  await expect(estate.apply(volume('a'))).rejects.toThrow(Killed);
  estate.crashPoint = undefined;
  return estate;
}

const reserved = async (estate: Estate) =>
  Object.values((await estate.ledger())?.reservations ?? {}).map(({ subscribedBytes }) => subscribedBytes / GIB);

describe('a reservation', () => {
  it("of a process that died before its commit is in nobody's way once its lease has ended", async () => {
    const estate = await killedAt('claim:reserved');
    expect(await reserved(estate)).toEqual([150]);
    estate.restart('another-machine');
    estate.clock.advance(60_000);
    await estate.applied(volume('b'));
    expect(await reserved(estate)).toEqual([]);
    expect((await estate.ledger())?.committed.volumes).toBe(1);
    expect((await estate.run('recover', {})).outcome).toBe('ok');
    expect(await estate.keys('w')).toEqual([]);
  });

  it("of a process that died on this machine is in nobody's way at once", async () => {
    const estate = await killedAt('claim:reserved');
    estate.restart();
    await estate.applied(volume('b'));
  });

  it('of what was committed counts, whoever has died', async () => {
    const estate = await killedAt('commit:after');
    estate.restart();
    expect(codes(await estate.plan(volume('b')))).toEqual(['COPRHD-PLACE-001']);
  });

  it('of a workflow that is not there any more is dropped by whoever needs the room', async () => {
    const estate = await createEstate({ poolBytes: 100 * GIB });
    await estate.applied(infrastructure());
    const { urn } = (await estate.record('pool', 'fast')).record;
    const leaked = { allocatedBytes: 0, subscribedBytes: 150 * GIB, volumes: 1 };
    const item = await estate.engine.store.get(keys.ledger(urn));
    const committed = item ? decodeLedger(item).committed : { allocatedBytes: 0, subscribedBytes: 0, volumes: 0 };
    const value = encodeLedger({ pool: urn, reservations: { 'no-such-workflow': leaked }, committed });
    await estate.engine.store.txn({ success: [{ type: 'put', key: keys.ledger(urn), value }] });
    await estate.applied(volume('b'));
    expect(await reserved(estate)).toEqual([]);
  });
});
