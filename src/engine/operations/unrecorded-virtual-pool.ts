/** A virtual pool that isn't there, as a plan file would say it: for what it would use, before anybody makes it. */
import { OperationError } from '../../lib/diagnostic.ts';
import type { DesiredNode } from '../config/desired.ts';
import { RECORD_SCHEMA_VERSION, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { urnFromSeed } from '../model/urn.ts';
import type { VirtualPoolToMatch } from '../placement/matching.ts';
import { findResource } from './addresses.ts';
import { loadBodies } from './by-name-plans.ts';
import type { Call } from './engine.ts';
import { withoutSpans } from './one-shot.ts';

type Said = DesiredNode<'virtualPool'>;

/** Throws an OperationError where no plan file could say it so. */
export function virtualPoolSaid(name: string, fields: Readonly<Record<string, unknown>>): Said {
  const loaded = loadBodies({ kind: 'virtualPool', resources: { [name]: fields } }, 'pool fit');
  if ('diagnostics' in loaded) throw new OperationError('error', withoutSpans(loaded.diagnostics));
  const nodes = loaded.graph.stacks.flatMap((stack) => [...stack.nodes.values()]);
  return nodes.find(({ kind }) => kind === 'virtualPool')! as Said;
}

type Problem = Extract<ReturnType<typeof findResource>, { problem: unknown }>;

/** As if it were recorded. Of its virtual arrays each must be there. */
export function unrecordedVirtualPool(
  view: RecordedView,
  { ctx, engine }: Call,
  { name, spec: said, policy }: Said,
): VirtualPoolToMatch | Problem {
  const { virtualArrays, continuousCopies, ...spec } = said;
  const found = virtualArrays.map((array) => findResource(view, array, 'virtualArray'));
  const missing = found.find((each): each is Problem => 'problem' in each);
  if (missing) return missing;
  const nowMs = engine.clock.nowMs();
  const record: ResourceRecord<'virtualPool'> = {
    urn: urnFromSeed('', 'virtualPool', name),
    kind: 'virtualPool',
    name,
    scope: {},
    owner: { type: 'api', user: ctx.actor.name },
    spec: {
      ...spec,
      ...(continuousCopies ? { continuousCopies: { max: continuousCopies.max } } : {}),
    } as RecordedSpec<'virtualPool'>,
    status: { phase: 'ready', sinceMs: nowMs },
    policy,
    createdBy: ctx.actor,
    createdAtMs: nowMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
  return { record, virtualArrays: found.flatMap((each) => ('problem' in each ? [] : [each.recorded.record.urn])) };
}
