/** Schemas of what tenants declare: volumes and exports. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { foldName } from '../../model/address.ts';
import {
  complain,
  type HluChoice,
  hlu,
  type Listed,
  nameOrRange,
  oneName,
  pattern,
  plainNameList,
  poolPatterns,
  quiesceWish,
  size,
} from './leaves.ts';
import { type CrossCheck, defined, isMap, listOf, origins, resource } from './resource.ts';

const snapshotPolicyName = oneName.meta({
  description: 'A snapshot policy: when snapshots are taken, and how many stay.',
});

export const volume = resource(
  'volume',
  {
    size,
    virtualPool: oneName,
    virtualArray: oneName,
    consistencyGroup: oneName.optional(),
    snapshotPolicy: snapshotPolicyName.optional(),
    copyOf: z
      .union([oneName, z.strictObject({ snapshot: oneName })])
      .meta({ description: 'A volume, or { snapshot: NAME }: made as a full copy of it, on the same storage system.' })
      .optional(),
    continuous: z
      .boolean()
      .meta({ description: 'With copyOf: it follows that volume until it is split from it (coprhd copy split).' })
      .optional(),
    placement: z
      .strictObject({ require: poolPatterns.optional(), avoid: poolPatterns.optional() })
      .meta({
        description: 'Administrators only: pools by name, as SYSTEM/POOL with * and ?; one of require, none of avoid.',
      })
      .optional(),
  },
  ({
    size: sizeBytes,
    virtualPool,
    virtualArray,
    consistencyGroup: group,
    snapshotPolicy: policy,
    copyOf,
    continuous,
    placement,
  }) => ({
    spec: {
      sizeBytes,
      virtualPool,
      virtualArray,
      ...(group === undefined ? {} : { consistencyGroup: group }),
      ...(policy === undefined ? {} : { snapshotPolicy: policy }),
      ...(copyOf === undefined ? {} : typeof copyOf === 'string' ? { copyOf } : { copyOfSnapshot: copyOf.snapshot }),
      ...(continuous ? { continuous } : {}),
      ...(placement === undefined ? {} : { placement: defined(placement) }),
    },
  }),
  (body, ctx) => {
    if (body.continuous !== true || typeof body.copyOf === 'string') return;
    const summary = 'a continuous copy follows a volume';
    const fix = 'Write copyOf: NAME of the volume, or leave out continuous.';
    complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix }, ['continuous']);
  },
);

/** Its volumes are on one storage system, and can be copied at one moment. */
export const consistencyGroup = resource(
  'consistencyGroup',
  { snapshotPolicy: snapshotPolicyName.optional() },
  ({ snapshotPolicy: policy }) => ({ spec: policy === undefined ? {} : { snapshotPolicy: policy } }),
);

/** What a volume held at the moment of the apply that made it. */
export const snapshot = resource(
  'snapshot',
  {
    volume: oneName.meta({ description: 'The volume that it is taken of.' }),
    set: oneName
      .meta({ description: 'Snapshots of one set, of volumes of one consistency group, are of one moment.' })
      .optional(),
    quiesce: quiesceWish.optional(),
  },
  ({ volume: of, set, quiesce }) => ({
    spec: { volume: of, ...(set === undefined ? {} : { set }), ...(quiesce ? { quiesce } : {}) },
  }),
);

/** A name or range, or one with its host LUN number. */
const snapshotEntry = z.union([
  nameOrRange.transform((names) => names.map((name): { name: string; hlu?: HluChoice } => ({ name }))),
  z
    .strictObject({ snapshot: oneName, hlu: hlu.optional() })
    .transform(({ snapshot: name, hlu: number }) => [number ? { name, hlu: number } : { name }]),
]);

const snapshots = z.array(snapshotEntry).transform((entries, ctx) => {
  const list = entries.flatMap((named, from) => named.map((one) => ({ ...one, from })));
  const seen = new Set<string>();
  for (const { name, from } of list) {
    if (seen.has(foldName(name))) {
      const summary = `snapshot "${name}" is in the export twice`;
      complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Remove one.' }, [from]);
    }
    seen.add(foldName(name));
  }
  return list;
});

interface Entry {
  readonly volume: string;
  readonly hlu?: number;
  readonly match?: string;
  readonly hluFrom?: number;
  readonly from: number;
}

interface WrittenEntry {
  readonly volume?: string | undefined;
  readonly match?: string | undefined;
  readonly hlu?: HluChoice | undefined;
}

/** A name or range, or the same (or a pattern) with host LUN numbers. */
const entry = z.union([
  z.string().transform((volume): WrittenEntry => ({ volume })),
  z
    .strictObject({ volume: z.string().optional(), match: pattern.optional(), hlu: hlu.optional() })
    .superRefine(volumeOrMatch, { when: isMap })
    .transform((fields): WrittenEntry => fields),
]);

function volumeOrMatch(value: Readonly<Record<string, unknown>>, ctx: z.RefinementCtx): void {
  const found = ['volume', 'match'].filter((key) => value[key] !== undefined);
  if (found.length === 1) return;
  const fix = 'Write { volume: NAME } or { match: "data-*" }.';
  const none = found.length === 0;
  const code = none ? 'COPRHD-CONFIG-003' : 'COPRHD-CONFIG-004';
  const summary = none ? 'the entry names no volume' : 'an entry has a volume or a match, not both';
  complain(ctx, { code, summary, fix });
}

const volumes = z.array(entry).transform((entries, ctx): Entry[] => {
  const list: Entry[] = [];
  entries.forEach(({ volume: text, match, hlu: choice }, from) => {
    if (match !== undefined) {
      checkPatternNumber(choice, from, ctx);
      list.push({ volume: '', match, ...(choice ? { hluFrom: choice.first } : {}), from });
      return;
    }
    const parsed = nameOrRange.safeParse(text);
    if (!parsed.success) {
      for (const found of parsed.error.issues) {
        if (found.code === 'custom') ctx.addIssue({ code: 'custom', params: found.params, path: [from], input: text });
      }
      return;
    }
    const names = parsed.data;
    checkNumbers(names, choice, from, ctx);
    names.forEach((name, offset) => {
      list.push({ volume: name, ...(choice ? { hlu: choice.first + offset } : {}), from });
    });
  });
  checkTwice(list, ctx);
  return list;
});

/** What a pattern stands for may grow: numbers that count by position would then move. */
function checkPatternNumber(choice: HluChoice | undefined, from: number, ctx: z.RefinementCtx): void {
  if (choice === undefined || choice.counting) return;
  const summary = 'one host LUN number for all volumes of a pattern';
  const fix = `Write hlu: "${choice.first}.." for the free numbers from ${choice.first} up.`;
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix }, [from, 'hlu']);
}

function checkNumbers(
  names: readonly string[],
  choice: HluChoice | undefined,
  from: number,
  ctx: z.RefinementCtx,
): void {
  if (choice === undefined) return;
  const code = 'COPRHD-CONFIG-004';
  const { first, counting } = choice;
  if (!counting && names.length > 1) {
    const summary = `one host LUN number for ${names.length} volumes`;
    complain(ctx, { code, summary, fix: `Write hlu: "${first}.." to count up from ${first}.` }, [from, 'hlu']);
  } else if (first + names.length - 1 > LIMITS.hluMax) {
    const summary = `counting ${names.length} volumes up from HLU ${first} goes beyond ${LIMITS.hluMax}`;
    complain(ctx, { code, summary, fix: 'Begin with a smaller number.' }, [from, 'hlu']);
  }
}

function checkTwice(list: readonly Entry[], ctx: z.RefinementCtx): void {
  const names = new Set<string>();
  const numbers = new Map<number, string>();
  const code = 'COPRHD-CONFIG-004';
  for (const { volume: name, hlu: number, match, from } of list) {
    if (match !== undefined) continue;
    if (names.has(foldName(name))) {
      complain(ctx, { code, summary: `volume "${name}" is in the export twice`, fix: 'Remove one.' }, [from]);
      continue;
    }
    names.add(foldName(name));
    if (number === undefined) continue;
    const holder = numbers.get(number);
    if (holder !== undefined) {
      const summary = `HLU ${number} is given to both "${holder}" and "${name}"`;
      complain(ctx, { code, summary, fix: 'Host LUN numbers are unique on a host; leave one out to have it chosen.' }, [
        from,
        'hlu',
      ]);
    } else numbers.set(number, name);
  }
}

/** Whom an export shows its volumes to. */
const SEERS = ['host', 'cluster', 'hosts', 'clusters'] as const;

const oneTarget: CrossCheck = (body, ctx) => {
  const [one, ...more] = SEERS.filter((key) => body[key] !== undefined);
  if (one === undefined) {
    const summary = 'an export needs a host or a cluster to which it shows the volumes';
    const fix = 'Write host: NAME or cluster: NAME; hosts: [NAME, NAME] or clusters: [NAME, NAME] for several.';
    complain(ctx, { code: 'COPRHD-CONFIG-003', summary, fix });
    return;
  }
  const [other] = more;
  if (other === undefined) return;
  const isSame = more.length === 1 && other === `${one}s`;
  const summary = isSame ? `${one} and ${other} say the same` : 'an export has hosts or clusters, not both';
  const fix = isSame ? `Write all of them under ${other}.` : 'Remove one, or make two exports.';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix }, [other]);
};

const byInitiators: CrossCheck = (body, ctx) => {
  if (body.namedBy === undefined || (body.cluster ?? body.clusters) === undefined) return;
  const summary = 'the initiators by which who sees is named are of hosts, not of a cluster';
  const fix = 'Write host: NAME or hosts: [NAME], or leave out namedBy.';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix }, ['namedBy']);
};

const numbered = (hlu: number | undefined) => (hlu === undefined ? {} : { hlu });

/** An exclusive export is of one host, which shares its volumes with nobody: a host of a cluster has them beside what all see. */
const exclusiveToOneHost: CrossCheck = (body, ctx) => {
  const key = ['boot', 'exclusive'].find((each) => body[each] === true);
  if (key === undefined) return;
  const code = 'COPRHD-CONFIG-004';
  const what = key === 'boot' ? 'what a host boots from is shown' : 'an exclusive export shows its volumes';
  const fix = `Write host: NAME, or leave out ${key}.`;
  if ((body.cluster ?? body.clusters) !== undefined) {
    complain(ctx, { code, summary: `${what} to one host, not to a cluster`, fix }, [key]);
  }
  if (Array.isArray(body.hosts) && body.hosts.length > 1) {
    complain(ctx, { code, summary: `${what} to one host, not to ${body.hosts.length}`, fix }, [key]);
  }
  if (body.sharedAccess !== undefined) {
    const summary = `${what} to one host, which shares with nobody`;
    complain(ctx, { code, summary, fix: `Leave out ${key} or sharedAccess.` }, ['sharedAccess']);
  }
  if (key === 'boot' && Array.isArray(body.volumes) && body.volumes.length !== 1) {
    const summary = `a host boots from one volume, not from ${body.volumes.length}`;
    complain(ctx, { code, summary, fix: 'Show the others by an export of their own.' }, ['volumes']);
  }
};

/** A host looks at LUN 0 for what it boots from: what several hosts or exports show must leave that free. */
const zeroIsForBoot: CrossCheck = (body, ctx) => {
  if (body.exclusive === true || body.boot === true) return;
  for (const field of ['volumes', 'snapshots']) {
    const list: unknown = body[field];
    if (!Array.isArray(list)) continue;
    list.forEach((entry: unknown, index) => {
      if (!isMap({ value: entry })) return;
      const { from = index, hlu: given, hluFrom } = entry as Readonly<Record<string, unknown>>;
      if (firstNumber(given ?? hluFrom) !== 0) return;
      const summary = 'HLU 0 is kept for what a host boots from';
      const fix = `Write a number from 1 to ${LIMITS.hluMax}, or show a boot volume by an export of its own, with boot: true.`;
      complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix }, [field, from as number, 'hlu']);
    });
  }
};

/** Of an entry as it was read, or, where something else is wrong with the list, as it was written. */
function firstNumber(hlu: unknown): number | undefined {
  if (isMap({ value: hlu })) return (hlu as Partial<HluChoice>).first;
  const written = /^(\d+)(\.\.)?$/.exec(String(hlu));
  return written ? Number(written[1]) : undefined;
}

interface WrittenSeers {
  readonly host?: string | undefined;
  readonly cluster?: string | undefined;
  readonly hosts?: readonly Listed[] | undefined;
  readonly clusters?: readonly Listed[] | undefined;
}

/** One of the four, also where what is written has several. */
function seersIn({ host, cluster, hosts, clusters }: WrittenSeers) {
  if (host !== undefined) return { spec: { host }, lists: {} };
  if (cluster !== undefined) return { spec: { cluster }, lists: {} };
  const isOfClusters = clusters !== undefined && (hosts ?? []).length === 0 && (clusters.length > 0 || !hosts);
  const list = listOf((isOfClusters ? clusters : hosts) ?? []);
  return isOfClusters
    ? { spec: { clusters: list.names }, lists: { clusters: list } }
    : { spec: { hosts: list.names }, lists: { hosts: list } };
}

/** Named as in plan files, but `export` is a reserved word. */
export const exportResource = resource(
  'export',
  {
    host: oneName.optional(),
    cluster: oneName.optional(),
    hosts: plainNameList
      .meta({ description: 'Instead of host: several, who share the volumes, or none yet.' })
      .optional(),
    clusters: plainNameList
      .meta({ description: 'Instead of cluster: several, whose hosts share the volumes, or none yet.' })
      .optional(),
    volumes,
    snapshots: snapshots.meta({ description: 'Snapshots that it shows as well, read-only.' }).optional(),
    sharedAccess: z
      .literal('cluster-aware')
      .meta({ description: 'The hosts run software that shares volumes safely.' })
      .optional(),
    exclusive: z
      .boolean()
      .meta({ description: 'Its volumes are shown to this host and to nobody else, whatever other exports say.' })
      .optional(),
    virtualArray: oneName.meta({ description: 'Only volumes of this one may be added to it.' }).optional(),
    namedBy: z
      .literal('initiators')
      .meta({ description: "Over CoprHD's REST it is of type Initiator: who sees is named there by initiators." })
      .optional(),
    boot: z
      .boolean()
      .meta({ description: 'The host boots from its one volume: exclusive, and at HLU 0 where none is given.' })
      .optional(),
    copies: z
      .literal('identity-regenerated')
      .meta({
        description:
          'A copy may be shown beside its source: its file systems and volume groups have identities of their own.',
      })
      .optional(),
  },
  (fields) => {
    const { sharedAccess, exclusive, boot, copies, namedBy, virtualArray, snapshots: shownSnapshots = [] } = fields;
    const seers = seersIn(fields);
    const list = listOf(fields.volumes.map(({ volume: name, ...rest }) => ({ ...rest, name })));
    const hluFrom = fields.volumes.filter(({ match }) => match !== undefined).map((listed) => listed.hluFrom);
    const matches = list.matches.map((match, index) => ({
      ...match,
      ...(hluFrom[index] === undefined ? {} : { hluFrom: hluFrom[index] }),
    }));
    return {
      spec: {
        ...seers.spec,
        volumes: fields.volumes.flatMap(({ volume: name, hlu: number, match }) =>
          match === undefined ? [{ volume: name, ...numbered(number ?? (boot ? 0 : undefined)) }] : [],
        ),
        ...(shownSnapshots.length === 0
          ? {}
          : {
              snapshots: shownSnapshots.map(({ name, hlu: number }) => ({
                snapshot: name,
                ...numbered(number?.first),
              })),
            }),
        ...(sharedAccess === undefined ? {} : { sharedAccess }),
        ...(exclusive || boot ? { exclusive: true } : {}),
        ...(boot ? { boot } : {}),
        ...(copies === undefined ? {} : { copies }),
        ...(namedBy === undefined ? {} : { namedBy }),
        ...(virtualArray === undefined ? {} : { virtualArray }),
      },
      ...origins({
        ...seers.lists,
        volumes: { ...list, matches },
        ...(shownSnapshots.length === 0
          ? {}
          : { snapshots: { origin: shownSnapshots.map(({ from }) => from), matches: [] } }),
      }),
    };
  },
  (body, ctx) => {
    for (const check of [oneTarget, byInitiators, exclusiveToOneHost, zeroIsForBoot]) check(body, ctx);
  },
);
