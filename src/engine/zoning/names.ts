/**
 * Names of our zones and aliases. Each ends with `_` and eight characters of a hash of the installation and of what it names:
 * names never collide, and by it an alias is known as ours.
 */
import { assert } from '../../lib/assert.ts';
import { sha256Hex } from '../../lib/canonical-json.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { NetworkDriverFacts } from '../observe/network-observation.ts';
import { filledIn, type NameVariables, parseNameTemplate } from './name-template.ts';
import type { MaskPaths, ZonedPath, ZoningContext } from './types.ts';

const PORT_PART = '{arrayPortName.REPLACE("_", "").REPLACE("-", "").LAST(16)}';

/** CoprHD's. */
export const DEFAULT_ZONE_TEMPLATE = `SDS_{hostName.FIRST(32)}_{hbaPortWwn.LAST(12)}_{arraySerialNumber.LAST(4)}_${PORT_PART}`;
const INITIATOR_ALIAS_TEMPLATE = 'SDS_{hostName.FIRST(32)}_{hbaPortWwn.LAST(12)}';
const PORT_ALIAS_TEMPLATE = `SDS_{arrayName.FIRST(20)}_{arraySerialNumber.LAST(4)}_${PORT_PART}`;

const HASH_LENGTH = 8;
/** An alias is found again among so many names. */
const ALIAS_TRIES_MAX = 4;

/** Numbered, for the case that a name is taken. */
const hashOfName = (installation: string, identity: string, number: number): string =>
  sha256Hex(`zone\n${installation}\n${identity}\n${number}`).slice(0, HASH_LENGTH);

/**
 * In the device's alphabet, which is that of whole names: what may not be the first character may be a later one. Starts
 * with a letter, as older switches want it; what isn't there leaves no gap.
 */
function safe(text: string, driver: Pick<NetworkDriverFacts, 'nameAlphabet'>): string {
  const allowed = new RegExp(driver.nameAlphabet);
  const legal = [...text].map((character) => (allowed.test(`a${character}`) ? character : '_')).join('');
  const tidy = legal.replace(/_+/g, '_').replace(/^_|_$/g, '');
  return /^[A-Za-z]/.test(tidy) ? tidy : `z_${tidy}`.replace(/_$/, '');
}

interface Naming {
  readonly installation: string;
  readonly driver: NetworkDriverFacts;
  readonly template: string;
  readonly variables: NameVariables;
  /** Of what is named; equal ones get the same name as long as it is free. */
  readonly identity: string;
  readonly triesMax: number;
}

function freeName(naming: Naming, isTaken: (name: string) => boolean): string {
  const { installation, driver, identity, triesMax } = naming;
  const parsed = parseNameTemplate(naming.template);
  assert(parsed.ok, `a template of names that nobody checked: ${naming.template}`);
  const text = safe(filledIn(parsed.parts, naming.variables), driver);
  const start = text.slice(0, driver.nameLengthMax - HASH_LENGTH - 1).replace(/_$/, '');
  for (let number = 0; number < triesMax; number++) {
    const name = `${start}_${hashOfName(installation, identity, number)}`;
    if (!isTaken(name)) return name;
  }
  assert(false, `${triesMax} names for ${identity} are taken`);
}

/** What a zone is for. `initiator`, `port`: only where it is for one. */
export interface ZonePurpose {
  readonly style: 'pair' | 'single-initiator' | 'peer' | 'smart';
  readonly initiator?: string;
  readonly port?: Pick<ZonedPath, 'port' | 'portName'>;
}

const withoutColons = (wwpn: string): string => wwpn.replaceAll(':', '');

const zoneIdentity = ({ style, initiator = '', port }: ZonePurpose, mask: string): string =>
  `${style}\n${mask}\n${initiator}\n${port?.port ?? ''}`;

const arrayVariables = ({ system, serialNumber }: MaskPaths): NameVariables => ({
  arrayName: system,
  arraySerialNumber: serialNumber,
});
const portVariables = ({ port, portName }: Pick<ZonedPath, 'port' | 'portName'>): NameVariables => ({
  arrayPortName: portName,
  arrayPortWwn: withoutColons(port),
});
const initiatorVariables = (initiator: string): NameVariables => ({ hbaPortWwn: withoutColons(initiator) });

export function zoneName(
  context: ZoningContext,
  mask: MaskPaths,
  purpose: ZonePurpose,
  isTaken: (name: string) => boolean,
): string {
  const { installation, driver, policy, network } = context;
  const variables = {
    hostName: mask.host,
    networkName: network,
    ...arrayVariables(mask),
    ...(purpose.initiator === undefined ? {} : initiatorVariables(purpose.initiator)),
    ...(purpose.port === undefined ? {} : portVariables(purpose.port)),
  };
  const template = policy.nameTemplate ?? DEFAULT_ZONE_TEMPLATE;
  const identity = zoneIdentity(purpose, mask.mask);
  return freeName({ installation, driver, template, variables, identity, triesMax: LIMITS.zoneNameTriesMax }, isTaken);
}

const endsWithHash = (installation: string, identity: string, name: string, triesMax: number): boolean =>
  Array.from({ length: triesMax }, (_, number) => number).some((number) =>
    name.endsWith(`_${hashOfName(installation, identity, number)}`),
  );

/** Whether a zone of ours was made for this: records don't say in which style a zone was. */
export const isNamedFor = (context: ZoningContext, mask: string, purpose: ZonePurpose, name: string): boolean =>
  endsWithHash(context.installation, zoneIdentity(purpose, mask), name, LIMITS.zoneNameTriesMax);

const aliasIdentity = (wwpn: string): string => `alias\n${wwpn}`;

/** A port has one in all masks: its name says nothing of them. */
export function initiatorAliasName(
  { installation, driver }: ZoningContext,
  mask: MaskPaths,
  initiator: string,
  isTaken: (name: string) => boolean,
): string {
  const variables = { hostName: mask.host, ...initiatorVariables(initiator) };
  const template = INITIATOR_ALIAS_TEMPLATE;
  const identity = aliasIdentity(initiator);
  return freeName({ installation, driver, template, variables, identity, triesMax: ALIAS_TRIES_MAX }, isTaken);
}

export function portAliasName(
  { installation, driver }: ZoningContext,
  mask: MaskPaths,
  port: Pick<ZonedPath, 'port' | 'portName'>,
  isTaken: (name: string) => boolean,
): string {
  const variables = { ...arrayVariables(mask), ...portVariables(port) };
  const template = PORT_ALIAS_TEMPLATE;
  const identity = aliasIdentity(port.port);
  return freeName({ installation, driver, template, variables, identity, triesMax: ALIAS_TRIES_MAX }, isTaken);
}

/** Made by this installation, for this WWPN. */
export const isOurAlias = (installation: string, alias: string, wwpn: string): boolean =>
  endsWithHash(installation, aliasIdentity(wwpn), alias, ALIAS_TRIES_MAX);
