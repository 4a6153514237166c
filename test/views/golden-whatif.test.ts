import { whatIfView } from '../../src/views/whatif.ts';
import { ADDED, LOST_AND_GROWN, MANY } from './fixtures/whatif.ts';
import { describeGolden, view } from './golden-case.ts';

describeGolden([
  view('whatif', whatIfView, LOST_AND_GROWN),
  view('whatif-added', whatIfView, ADDED),
  view('whatif-many', whatIfView, MANY),
  view('whatif-nothing', whatIfView, { outcome: 'error', diagnostics: [] }),
]);
