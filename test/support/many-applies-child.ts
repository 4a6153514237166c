/** One process of many-applies.ts: applies its plans all at once, and says how that went. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadBlockArray } from '../../src/engine/operations/drivers.ts';
import { openLocalClient } from '../../src/engine/operations/local-client.ts';
import { OPERATIONS } from '../../src/engine/operations/registry.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import type { ChildEnd, ChildJob } from './many-applies.ts';

const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ChildJob;
const client = await openLocalClient({
  state: job.state,
  actor: { type: 'local', name: `child-${process.pid}`, uid: 0 },
  surroundings: { stateHome: job.stateHome },
});
await client.call('state.list', { kind: 'project' });
// Loading modules is not the work.
await Promise.all([OPERATIONS.apply(), loadBlockArray('simulator')]);
const plans = job.plans.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Plan);
const startedAtMs = Date.now();
let endedAtMs = startedAtMs;
const results = await Promise.all(
  plans.map(async (plan) => {
    const input = { plan, skipHeld: false, claimWaitMs: 60_000, deviceLimit: job.deviceLimit };
    // Done is when the last unit has ended; what is looked at afterwards is not the work.
    const result = await client.call('apply', input, {
      onEvent: (event) => {
        if (event.type === 'unit.finished') endedAtMs = Math.max(endedAtMs, event.atMs);
      },
    });
    return result;
  }),
);
await client.close();
const end: ChildEnd = {
  startedAtMs,
  endedAtMs,
  outcomes: results.map(({ outcome }) => outcome),
  problems: results.flatMap(({ outcome, diagnostics }) =>
    outcome === 'ok' ? [] : diagnostics.map(({ code, summary, detail }) => `${code} ${summary}: ${detail ?? ''}`),
  ),
};
writeFileSync(job.report, JSON.stringify(end));
