/** Schemas of what tenants declare: volumes and exports. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { foldName } from '../../model/address.ts';
import { complain, type HluChoice, hlu, nameList, oneName, size } from './leaves.ts';
import { type CrossCheck, resource } from './resource.ts';

export const volume = resource(
  'volume',
  { size, virtualPool: oneName, virtualArray: oneName },
  ({ size: sizeBytes, virtualPool, virtualArray }) => ({ spec: { sizeBytes, virtualPool, virtualArray } }),
);

interface Entry {
  readonly volume: string;
  readonly hlu?: number;
  readonly from: number;
}

/** A name or range, or the same with host LUN numbers. */
const entry = z.union([
  z.string().transform((input) => ({ volume: input, hlu: undefined })),
  z
    .strictObject({ volume: z.string(), hlu: hlu.optional() })
    .transform((fields) => ({ volume: fields.volume, hlu: fields.hlu })),
]);

const volumes = z.array(entry).transform((entries, ctx): Entry[] => {
  const list: Entry[] = [];
  entries.forEach(({ volume: text, hlu: choice }, from) => {
    const parsed = nameList.safeParse([text]);
    if (!parsed.success) {
      for (const found of parsed.error.issues) {
        if (found.code === 'custom') ctx.addIssue({ code: 'custom', params: found.params, path: [from], input: text });
      }
      return;
    }
    const names = parsed.data.map(({ name }) => name);
    checkNumbers(names, choice, from, ctx);
    names.forEach((name, offset) => {
      list.push({ volume: name, ...(choice ? { hlu: choice.first + offset } : {}), from });
    });
  });
  checkTwice(list, ctx);
  return list;
});

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
  for (const { volume: name, hlu: number, from } of list) {
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

const oneTarget: CrossCheck = (body, ctx) => {
  const targets = ['host', 'cluster'].filter((key) => body[key] !== undefined);
  if (targets.length === 1) return;
  if (targets.length === 0) {
    const summary = 'an export needs a host or a cluster to which it shows the volumes';
    complain(ctx, { code: 'COPRHD-CONFIG-003', summary, fix: 'Write host: NAME or cluster: NAME.' });
    return;
  }
  const summary = 'an export has a host or a cluster, not both';
  const fix = 'Remove one, or make two exports.';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix }, ['cluster']);
};

/** Named as in plan files, but `export` is a reserved word. */
export const exportResource = resource(
  'export',
  {
    host: oneName.optional(),
    cluster: oneName.optional(),
    volumes,
    sharedAccess: z
      .literal('cluster-aware')
      .meta({ description: 'The hosts run software that shares volumes safely.' })
      .optional(),
  },
  (fields) => {
    const { host, cluster, sharedAccess } = fields;
    const origin = fields.volumes.map(({ from }) => from);
    return {
      spec: {
        ...(host === undefined ? {} : { host }),
        ...(cluster === undefined ? {} : { cluster }),
        volumes: fields.volumes.map(({ from: _from, ...listed }) => listed),
        ...(sharedAccess === undefined ? {} : { sharedAccess }),
      },
      ...(origin.every((from, index) => from === index) ? {} : { origins: { volumes: origin } }),
    };
  },
  oneTarget,
);
