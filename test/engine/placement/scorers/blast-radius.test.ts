import { expect, it } from 'vitest';
import { place } from '../../../../src/engine/placement/place.ts';
import { blastRadiusScorer } from '../../../../src/engine/placement/scorers/blast-radius.ts';
import { candidate, inputOf, pools, role, unit, urn } from '../support.ts';

const [MINE, THEIRS] = [urn('project', 1), urn('project', 2)];
const on = (number: number, system: number, more = {}) =>
  candidate(number, { system: urn('storageSystem', system), systemName: `array-${system}`, ...more });
const of = (projects: readonly (typeof MINE)[]) => ({
  units: projects.map((project, n) => unit(`v${n}`, role({ project, sizeBytes: 1 }))),
});

it('shrinks with the volumes of the project there, of this run and before', () => {
  const raw = (ofProject: number, before?: number) =>
    blastRadiusScorer.raw(
      inputOf(before === undefined ? {} : { projectVolumes: { [MINE]: before } }, { project: MINE }, { ofProject }),
    );
  expect([raw(0), raw(1), raw(0, 3), raw(1, 2)]).toEqual([1, 0.5, 0.25, 0.25]);
});

it('has no say where no project is given', () => {
  expect(blastRadiusScorer.raw(inputOf({}, {}, { ofProject: 3 }))).toBeUndefined();
});

it('keeps volumes of one project apart, over pools of one system too, and lets others take their turn', () => {
  const candidates = [on(1, 1), on(2, 1), on(3, 2), on(4, 3)];
  expect(pools(place(of([MINE, MINE, MINE]), candidates))).toEqual(['native-1', 'native-3', 'native-4']);
  expect(pools(place(of([MINE, THEIRS, MINE]), [on(1, 1), on(2, 2)]))).toEqual(['native-1', 'native-1', 'native-2']);
});

it('knows what is there already', () => {
  const before = { projectVolumes: { [MINE]: 4 } };
  expect(pools(place(of([MINE]), [on(1, 1, before), on(2, 2)]))).toEqual(['native-2']);
});
