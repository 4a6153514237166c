/**
 * XML of CoprHD's documents. An answer is the JSON one under its root element; a list is repeated elements of its key, or, where
 * CoprHD has a wrapper, the singular inside the key. Entities, document types and deep nesting of requests are refused.
 */
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { Refusal } from '../refusal.ts';

/** Lists with a wrapper: JSON key and wrapper, then the element inside. All other lists repeat their key. */
export const WRAPPED: Readonly<Record<string, string>> = {
  adjusted_paths: 'initiator_path',
  affected_export_groups: 'affectedExportGroups',
  assigned_storage_pools: 'storage_pool',
  assigned_varrays: 'assigned_varray',
  attributes: 'attribute',
  associated_resources: 'associated_resource',
  clusters: 'cluster',
  endpoints: 'endpoint',
  endpoints_discovered: 'endpoint_discovered',
  groups: 'group',
  hosts: 'host',
  initiators: 'initiator',
  matched_storage_pools: 'storage_pool',
  members: 'member',
  network_systems: 'network_system',
  protocols: 'protocol',
  raid_levels: 'raid_level',
  removed_paths: 'initiator_path',
  routed_networks: 'routed_network',
  storage_pools: 'storage_pool',
  storage_ports: 'storage_port',
  supported_virtual_pools: 'virtual_pool',
  tags: 'tag',
  unmanaged_export_masks: 'unmanaged_export_mask',
  unmanaged_volumes_characterstics: 'unmanaged_volume_characterstic',
  unmanaged_volumes_info: 'unmanaged_volume_info',
  user_mappings: 'user_mapping',
  values: 'value',
  varrays: 'varray',
  vdc_roles: 'vdc_role',
  home_tenant_roles: 'home_tenant_role',
  subtenant_roles: 'subtenant_role',
  volumes: 'volume',
  warning_messages: 'warning_message',
};

/** Lists that CoprHD writes otherwise than it reads them. */
const ANSWERED: Readonly<Record<string, string>> = {
  adjusted_paths: 'adjustedPaths',
  removed_paths: 'removedPaths',
};

/** Roots whose list of that name has no wrapper, as it has everywhere else. */
const BARE: Readonly<Record<string, string>> = { 'bulk-initiators': 'initiators' };

/** Fields that are moments: milliseconds in JSON, ISO 8601 in XML. */
const TIMES: ReadonlySet<string> = new Set(['creation_time', 'start_time', 'end_time']);

const DEPTH_MAX = 32;
const ELEMENTS_MAX = 20_000;

const builder = new XMLBuilder({ format: false, suppressEmptyNode: true });

export function toXml(root: string, value: object): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${builder.build({ [root]: elements(value, BARE[root]) })}`;
}

function elements(value: unknown, bare?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => elements(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
  return Object.fromEntries(
    entries.map(([key, field]) => {
      const item = key === bare ? undefined : (ANSWERED[key] ?? WRAPPED[key]);
      if (Array.isArray(field) && item !== undefined) return [key, { [item]: field.map((each) => elements(each)) }];
      if (TIMES.has(key) && typeof field === 'number') return [key, new Date(field).toISOString()];
      return [key, elements(field)];
    }),
  );
}

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Text stays text: what a number is, the schema of the request says.
  parseTagValue: false,
  processEntities: true,
  trimValues: true,
});

/** The document without its root, as JSON would have it, all leaves text. Throws Refusal. */
export function fromXml(text: string): unknown {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new Refusal('badRequest', 'document types and entities are not read');
  checkShape(text);
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text, true) as Record<string, unknown>;
  } catch (error) {
    throw new Refusal('badRequest', `not XML: ${error instanceof Error ? error.message : 'it can not be read'}`);
  }
  const [root, ...more] = Object.values(parsed);
  if (root === undefined || more.length > 0) throw new Refusal('badRequest', 'not one XML document');
  return root === '' ? {} : root;
}

/** Before it is parsed: how many elements, and how deep. */
function checkShape(text: string): void {
  let [depth, count] = [0, 0];
  for (const [tag] of text.matchAll(/<[^>]*>/g)) {
    if (tag.startsWith('<?') || tag.startsWith('<!')) continue;
    if (tag.startsWith('</')) depth--;
    else {
      if (++count > ELEMENTS_MAX) throw new Refusal('badRequest', `more than ${ELEMENTS_MAX} elements`);
      if (!tag.endsWith('/>') && ++depth > DEPTH_MAX)
        throw new Refusal('badRequest', `nested deeper than ${DEPTH_MAX}`);
    }
  }
}
