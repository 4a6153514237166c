/**
 * Resources of one kind. Rows: `KIND address urn phase project tenant owner sizeBytes of takenAtMs mirror percent consistency`; what a kind doesn't have
 * is empty.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { formatBytes, plural } from './format.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export function listByNameView(kind: string, many?: string): View<ResultOf<'resource.list'>> {
  return {
    human: ({ resources }, style) => {
      if (resources.length === 0) return [`There is no ${kind} yet.`];
      const [sizes, copies, mirrors, moments, projects, tenants] = (
        ['sizeBytes', 'of', 'mirror', 'takenAtMs', 'project', 'tenant'] as const
      ).map((key) => resources.some((resource) => resource[key] !== undefined));
      const optional = (has: boolean | undefined, text: string) => (has ? [text] : []);
      const rows = resources.map((resource) => [
        resource.address,
        ...optional(sizes, resource.sizeBytes === undefined ? '' : formatBytes(resource.sizeBytes)),
        ...optional(copies, `${resource.of ?? ''}${resource.detached ? ' (detached)' : ''}`),
        ...optional(mirrors, mirrorWords(resource.mirror)),
        ...optional(moments, resource.takenAtMs === undefined ? '' : isoTime(resource.takenAtMs).slice(0, 19)),
        ...optional(moments, resource.consistency ?? ''),
        resource.phase,
        ...optional(projects, resource.project ?? ''),
        ...optional(tenants, resource.tenant ?? ''),
        resource.owner,
      ]);
      const header = [
        'ADDRESS',
        ...optional(sizes, 'SIZE'),
        ...optional(copies, 'COPY OF'),
        ...optional(mirrors, 'IN SYNC'),
        ...optional(moments, 'TAKEN (UTC)'),
        ...optional(moments, 'CONSISTENT'),
        'PHASE',
        ...optional(projects, 'PROJECT'),
        ...optional(tenants, 'TENANT'),
        'OWNER',
      ];
      return [...table(rows, { width: style.width, header }), '', `${plural(resources.length, kind, many)}.`];
    },
    plain: ({ resources }) =>
      resources.map((r) => [
        kind,
        r.address,
        r.urn,
        r.phase,
        r.project,
        r.tenant,
        r.owner,
        r.sizeBytes,
        r.of,
        r.takenAtMs,
        r.mirror?.state,
        r.mirror?.percent,
        r.consistency,
      ]),
  };
}

/** `synchronizing 40 %`, `paused`. */
function mirrorWords(mirror: ResultOf<'resource.list'>['resources'][number]['mirror']): string {
  if (!mirror) return '';
  const { state, percent = 100 } = mirror;
  return percent < 100 ? `${state} ${percent} %` : state;
}
