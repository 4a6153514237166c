/**
 * Conformance: what a device tells of its changes. Each case puts what was told on what was read before, and it must be what
 * a whole read shows. Cases apply to drivers that declare `changes`.
 */
import assert from 'node:assert/strict';
import { changesAnswerSchema } from '../changes-answer.ts';
import type { ChangeSection, ChangesAnswer, DeviceChanges } from '../changes-contract.ts';
import type { BlockArray } from '../contract.ts';
import { type CaseBody, type Fixture, type Inventory, unchanged } from './fixture.ts';
import { hook } from './target.ts';

const SHORT_MS = 200;
const ANSWERS_MAX = 1_000;

/** Of the declared shape, in plain JSON. */
async function asked(f: Fixture, token?: string, array: BlockArray = f.array): Promise<ChangesAnswer> {
  const answer = await array.changes!.changesSince(f.ctx(), token);
  assert.deepEqual(JSON.parse(JSON.stringify(answer)), answer);
  const checked = changesAnswerSchema(array.changes!.sections).safeParse(answer);
  assert.ok(checked.success, checked.error?.message);
  return answer;
}

/** Everything, and what it is current at. */
async function read(f: Fixture): Promise<{ token: string; inventory: Inventory }> {
  const answer = await asked(f);
  assert.ok(answer.kind === 'whole' && answer.token !== undefined, 'without a token: whole, and the token of now');
  return { token: answer.token, inventory: await f.inventory() };
}

interface Followed {
  readonly token: string;
  readonly answers: readonly DeviceChanges[];
}

/** To the end of what it tells; undefined = it must be read whole. */
async function followed(f: Fixture, from: string, array?: BlockArray): Promise<Followed | undefined> {
  const answers: DeviceChanges[] = [];
  let token = from;
  for (let count = 0; count < ANSWERS_MAX; count++) {
    const answer = await asked(f, token, array);
    if (answer.kind === 'whole') return undefined;
    answers.push(answer);
    if (!answer.more) return { token: answer.token, answers };
    assert.notEqual(answer.token, token, 'there is more, and the token stays');
    token = answer.token;
  }
  throw new assert.AssertionError({ message: 'changes never end' });
}

type Item = Inventory[ChangeSection][number];

function applied(f: Fixture, inventory: Inventory, answers: readonly DeviceChanges[], section: ChangeSection): Item[] {
  const items = new Map<string, Item>(inventory[section].map((item) => [item.nativeId, item]));
  for (const { sections } of answers) {
    const { changed, removed } = sections[section]!;
    for (const item of changed) items.set(item.nativeId, item);
    for (const nativeId of removed) items.delete(nativeId);
  }
  return comparable(f, [...items.values()]);
}

/** What is allocated counts only where it is exact. */
function comparable(f: Fixture, items: readonly Item[]): Item[] {
  const exact = items.map((item) =>
    'allocatedBytes' in item && !f.device.capacityExact ? { ...item, allocatedBytes: 0 } : item,
  );
  return exact.sort((a, b) => (a.nativeId < b.nativeId ? -1 : 1));
}

/** What it told since, put on what was read then, is what it shows now. */
async function toldRight(f: Fixture, before: { token: string; inventory: Inventory }): Promise<Followed> {
  const told = await followed(f, before.token);
  assert.ok(told, 'a token that was given just now is refused');
  const now = await f.inventory();
  for (const section of f.array.changes!.sections) {
    assert.deepEqual(applied(f, before.inventory, told.answers, section), comparable(f, now[section]), section);
  }
  return told;
}

const countOf = ({ answers }: Followed): number =>
  answers
    .flatMap(({ sections }) => Object.values(sections))
    .reduce((sum, s) => sum + s.changed.length + s.removed.length, 0);

export const CHANGES_CASES: readonly CaseBody[] = [
  {
    id: '33-changes-none',
    title: 'where nothing changed nothing is told, to any session, and looking is no change',
    needs: 'changes',
    run: async (f) => {
      await f.makeMapped();
      const before = await read(f);
      const writes = f.device.writes?.();
      assert.equal(countOf(await toldRight(f, before)), 0);
      const other = await hook(f.device.secondSession, 'a second session')();
      try {
        const told = await followed(f, before.token, other);
        assert.ok(told && countOf(told) === 0, 'another session is told otherwise');
      } finally {
        await other.close();
      }
      assert.equal(f.device.writes?.(), writes);
      await unchanged(f, before.inventory);
    },
  },
  {
    id: '33-changes-driver',
    title: 'what the driver makes, changes and removes is told, step by step and all at once',
    needs: 'changes',
    run: async (f) => {
      const gone = await f.makeVolume();
      const first = await read(f);
      let step = first;
      const next = async () => {
        const { token } = await toldRight(f, step);
        step = { token, inventory: await f.inventory() };
      };
      const { volume, mask, hlu } = await f.makeMapped();
      await next();
      if (f.array.expand) {
        const sizeBytes = 2 * volume.args.sizeBytes;
        await f.array.expand.expandVolume(f.ctx(), volume.expect, { sizeBytes });
        await next();
      }
      await f.array.removeMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu });
      await next();
      const { name } = await f.volumeArgs();
      await f.array.renameVolume(f.ctx(), volume.expect, { name, quarantined: true });
      await next();
      await f.array.deleteVolume(f.ctx(), gone.expect);
      await f.array.deleteMask(f.ctx(), mask.expect);
      await next();
      assert.ok(countOf(await toldRight(f, first)) > 0, 'nothing is told');
    },
  },
  {
    id: '33-changes-hand',
    title: 'what a person does on the device is told as well',
    needs: 'changes',
    run: async (f) => {
      const hand = f.device.hand;
      const add = hook(hand?.addForeignVolume, 'volumes made by hand');
      const [rename, grow] = [hook(hand?.renameVolume, 'renames by hand'), hook(hand?.growVolume, 'growth by hand')];
      const remove = hook(hand?.deleteVolume, 'deletion by hand');
      const [renamed, grown, gone] = [await f.makeVolume(), await f.makeVolume(), await f.makeMapped(2)];
      const before = await read(f);
      const { name, pool, sizeBytes } = await f.volumeArgs();
      await add({ name, pool, sizeBytes });
      await rename(renamed.seen.nativeId, 'by-hand');
      await grow(grown.seen.nativeId, 2 * grown.args.sizeBytes);
      await remove(gone.volume.seen.nativeId);
      assert.ok(countOf(await toldRight(f, before)) >= 4, 'less is told than was done');
    },
  },
  {
    id: '33-changes-many',
    title: 'more than an answer has is told in several, each going on from the one before',
    needs: 'changes',
    run: async (f) => {
      const before = await read(f);
      for (let count = 0; count < (f.device.crowd ?? 12); count++) await f.makeVolume();
      await toldRight(f, before);
    },
  },
  {
    id: '33-changes-refused',
    title: 'a token that is made up, or of another device, leads to a whole read, never to an error or to changes',
    needs: 'changes',
    run: async (f) => {
      await f.makeVolume();
      const { token } = await read(f);
      const other = await hook(f.device.otherDevice, 'another device of the kind')();
      try {
        const theirs = await asked(f, undefined, other);
        assert.ok(theirs.kind === 'whole' && theirs.token !== undefined);
        const wrong = [theirs.token, '0', 'x'.repeat(512), `${token}9`, `9${token}`, token.slice(0, -1), '../a'];
        for (const each of wrong) {
          if (each === '') continue;
          const answer = await asked(f, each);
          assert.ok(answer.kind === 'whole', `${each} is taken for a token`);
          assert.ok(answer.why.length > 0, 'refused without a reason');
        }
      } finally {
        await other.close();
      }
    },
  },
  {
    id: '33-changes-restart',
    title: 'after a restart a token from before is refused, or what is told since is right',
    needs: 'changes',
    run: async (f) => {
      const restart = hook(f.device.restart, 'a restart');
      await f.makeVolume();
      const before = await read(f);
      await restart();
      await f.makeVolume();
      if ((await followed(f, before.token)) !== undefined) await toldRight(f, before);
      const after = await read(f);
      await f.makeVolume();
      await toldRight(f, after);
    },
  },
  {
    id: '33-changes-errors',
    title: 'a busy device is busy, a slow one transient at the deadline, one without time left is not asked',
    needs: 'changes',
    run: async (f) => {
      const faults = f.device.faults;
      const [busy, slow] = [hook(faults?.busy, 'a busy device'), hook(faults?.slow, 'a slow device')];
      const clear = hook(faults?.clear, 'ending faults');
      const before = await read(f);
      const ask = (deadlineInMs: number) =>
        f.array.changes!.changesSince(f.ctx({ deadlineMs: f.device.clock.nowMs() + deadlineInMs }), before.token);
      await f.refused(ask(-1), 'transient', 'busy');
      await busy('changesSince');
      await f.refused(f.array.changes!.changesSince(f.ctx(), before.token), 'busy');
      await clear();
      await slow('changesSince', 100 * SHORT_MS);
      // Nothing can have changed, so never `ambiguous`.
      await f.refused(ask(SHORT_MS), 'transient', 'busy');
      await clear();
      await toldRight(f, before);
    },
  },
];
