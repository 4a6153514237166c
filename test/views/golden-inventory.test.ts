import { sumOf } from '../../src/engine/operations/reclaim-sums.ts';
import { auditView } from '../../src/views/audit.ts';
import { listByNameView } from '../../src/views/by-name.ts';
import { forecastView } from '../../src/views/forecast.ts';
import { metricsView } from '../../src/views/metrics.ts';
import { capacityView, poolFitView, poolListView } from '../../src/views/pool.ts';
import { portListView } from '../../src/views/port.ts';
import { reclaimView } from '../../src/views/reclaim.ts';
import { FORECAST, FULL_SOON } from './fixtures/forecast.ts';
import { AUDITED, CAPACITY, FIT, LISTED, POOLS, PORTS } from './fixtures/inventory.ts';
import { SAMPLED } from './fixtures/metrics.ts';
import { RECLAIM } from './fixtures/reclaim.ts';
import { describeGolden, view } from './golden-case.ts';

const [FOLLOWED] = LISTED.resources as readonly [(typeof LISTED.resources)[number]];
const copy = (name: string, more: object) => ({
  ...FOLLOWED,
  ...{ name, address: `volume.${name}`, of: FOLLOWED.address },
  ...more,
});
const COPIES = {
  ...LISTED,
  resources: [
    copy('full', {}),
    copy('mirror-1', { continuous: true, mirror: { state: 'synchronizing', percent: 40 } }),
    copy('mirror-2', { continuous: true, mirror: { state: 'paused', percent: 100 } }),
    copy('mirror-3', { continuous: true, mirror: { state: 'unknown' } }),
    copy('mirror-4', { continuous: true, detached: true }),
  ],
};

describeGolden([
  view('audit', auditView('some'), AUDITED),
  view('audit-summary', auditView('summary'), AUDITED),
  view('audit-nothing', auditView('some'), { ...AUDITED, findings: [] }),
  view('pool-list', poolListView, POOLS),
  view('port-list', portListView, PORTS),
  view('port-list-nothing', portListView, { ...PORTS, ports: [] }),
  view('pool-fit', poolFitView, FIT),
  view('discover-metrics', metricsView, SAMPLED),
  view('discover-metrics-nothing', metricsView, { ...SAMPLED, outcome: 'ok', diagnostics: [], systems: [] }),
  view('capacity', capacityView, CAPACITY),
  view('capacity-forecast', forecastView, FORECAST),
  view('capacity-forecast-within', forecastView, FULL_SOON),
  view('capacity-forecast-nothing', forecastView, {
    ...FORECAST,
    rows: [],
    counts: { amounts: 0, unknown: 0 },
  }),
  view('reclaim-report', reclaimView('some'), RECLAIM),
  view('reclaim-report-summary', reclaimView('summary'), RECLAIM),
  view('reclaim-report-nothing', reclaimView('some'), { ...RECLAIM, items: [], owners: [], total: sumOf([]) }),
  view('volume-list', listByNameView('volume'), LISTED),
  view('copy-list', listByNameView('copy', 'copies'), COPIES),
  view('tenant-list-nothing', listByNameView('tenant'), { ...LISTED, resources: [] }),
]);
