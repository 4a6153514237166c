/** Schema of a network: subnets over IP, or a fabric over Fibre Channel, with who zones it and how. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { normaliseWwpn } from '../../../lib/wwpn.ts';
import { ZONE_STYLES, type ZoningPolicy } from '../../model/specs.ts';
import { complain, oneName, subnet, vsan, wwpn } from './leaves.ts';
import { type CrossCheck, defined, resource } from './resource.ts';

const word = z.string().min(1).max(LIMITS.nameLengthMax);

/** What a switch calls zones is short; what is put into it is cut to that. */
const nameTemplate = word.regex(/^[^\s]+$/).meta({ description: 'Of the names of zones.' });

const zoning = z
  .strictObject({
    style: z
      .enum(ZONE_STYLES)
      .meta({ description: 'Default: pair, one zone for an initiator with a port.' })
      .optional(),
    members: z
      .enum(['pwwn', 'alias', 'device-alias'])
      .meta({ description: 'What ports are called in zones. Default: pwwn; device-alias is alias.' })
      .optional(),
    aliases: z.boolean().meta({ description: 'true: as members: alias.' }).optional(),
    nameTemplate: nameTemplate.optional(),
  })
  .meta({ description: 'How zones are made.' });

type Zoning = z.output<typeof zoning>;

/** One word for each thing that may be said in two ways. */
function policyOf({ style, members, aliases, nameTemplate: template }: Zoning): ZoningPolicy {
  const named = members === 'device-alias' || (members === undefined && aliases) ? 'alias' : members;
  return defined({ style, members: named, nameTemplate: template });
}

/** Only a fabric has these. */
const OF_FABRICS = ['endpoints', 'networkSystem', 'fabric', 'vsan', 'configuration', 'zoneset', 'zoning'] as const;
/** And these only one that somebody zones. */
const OF_ZONED = ['fabric', 'vsan', 'configuration', 'zoneset', 'zoning'] as const;

const CODE = 'COPRHD-CONFIG-004';

const isGiven = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);

const checkTransport: CrossCheck = (body, ctx) => {
  const { transport } = body;
  const foreign = { fc: ['subnets'], ip: OF_FABRICS }[String(transport)];
  if (foreign === undefined) return;
  const [what, other] = transport === 'fc' ? ['a Fibre Channel', 'ip'] : ['an IP', 'fc'];
  for (const key of foreign.filter((each) => isGiven(body[each]))) {
    const summary = `${what} network has no ${key}`;
    complain(ctx, { code: CODE, summary, fix: `Remove ${key}, or write transport: ${other}.` }, [key]);
  }
};

const checkFabric: CrossCheck = (body, ctx) => {
  if (body.transport !== 'fc') return;
  if (!isGiven(body.networkSystem)) {
    const key = OF_ZONED.find((each) => isGiven(body[each]));
    if (key === undefined) return;
    const summary = `${key} is of a fabric that a network system shows, and no networkSystem is named`;
    complain(ctx, { code: CODE, summary, fix: `Name it (networkSystem: NAME), or remove ${key}.` }, [key]);
    return;
  }
  const both = (one: string, other: string, fix: string) => {
    if (!isGiven(body[one]) || !isGiven(body[other])) return;
    complain(ctx, { code: CODE, summary: `${one} and ${other} say the same thing, and both are given`, fix }, [other]);
  };
  both('fabric', 'vsan', 'Write vsan: NUMBER for a VSAN, fabric: FID128 (or a name, or a WWN) else.');
  both('configuration', 'zoneset', 'Keep one of them.');
  if (isGiven(body.configuration) || isGiven(body.zoneset)) return;
  complain(ctx, {
    code: 'COPRHD-CONFIG-003',
    summary: 'a network system zones it, and the zone configuration is not named',
    detail: 'It is the one that is in effect: activating another one would end what the fabric enforces now.',
    fix: 'Write configuration: NAME (Brocade), or zoneset: NAME (MDS); coprhd discover shows what is in effect.',
  });
};

const checkZoning: CrossCheck = ({ zoning: given }, ctx) => {
  if (typeof given !== 'object' || given === null) return;
  const { members, aliases } = given as Record<string, unknown>;
  if (members === undefined || typeof aliases !== 'boolean' || aliases === (members !== 'pwwn')) return;
  const summary = `aliases: ${aliases} and members: ${String(members)} contradict one another`;
  complain(ctx, { code: CODE, summary, fix: 'Keep members, and remove aliases.' }, ['zoning', 'aliases']);
};

export const network = resource(
  'network',
  {
    transport: z.enum(['ip', 'fc']),
    subnets: z.array(subnet).default([]),
    endpoints: z
      .array(wwpn)
      .meta({
        description:
          'WWPNs of the ports in this fabric, of storage systems and hosts. A port is in one network. Not needed for what a network system shows.',
      })
      .optional(),
    networkSystem: oneName.meta({ description: 'The network system that shows and zones this fabric.' }).optional(),
    fabric: word
      .meta({ description: 'Which of its fabrics: FID128, a name, or a WWN. Not needed where it has one.' })
      .optional(),
    vsan: vsan.meta({ description: 'Which of its VSANs.' }).optional(),
    configuration: word.meta({ description: 'The zone configuration that our zones are in.' }).optional(),
    zoneset: word.meta({ description: 'The same as configuration, as MDS calls it.' }).optional(),
    zoning: zoning.optional(),
  },
  ({ endpoints, fabric, zoneset, configuration = zoneset, zoning: policy, ...fields }) => ({
    spec: {
      ...defined(fields),
      ...(endpoints === undefined ? {} : { endpoints }),
      // A WWN has one form; names are as the switch has them.
      ...(fabric === undefined ? {} : { fabric: normaliseWwpn(fabric) ?? fabric }),
      ...(configuration === undefined ? {} : { configuration }),
      ...(policy === undefined ? {} : { zoning: policyOf(policy) }),
    },
  }),
  (body, ctx) => {
    checkTransport(body, ctx);
    checkFabric(body, ctx);
    checkZoning(body, ctx);
  },
);
