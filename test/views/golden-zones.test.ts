/** Zones for people and scripts. */
import { zoneListView, zoneShowView } from '../../src/views/zone.ts';
import { zoneDiffView, zoneVerifyView } from '../../src/views/zone-check.ts';
import { DIFFERENT, VERIFIED, ZONE, ZONES } from './fixtures/zones.ts';
import { describeGolden, view } from './golden-case.ts';

describeGolden([
  view('zone-list', zoneListView, ZONES),
  view('zone-list-nothing', zoneListView, { ...ZONES, networks: [], zones: [] }),
  view('zone-show', zoneShowView, ZONE),
  view('zone-diff', zoneDiffView, DIFFERENT),
  view('zone-verify', zoneVerifyView, VERIFIED),
]);
