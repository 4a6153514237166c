/** Recorded volumes as what a plan works on: their declaration is made up from the record. Pure. */
import type { DesiredNode, DesiredStack } from '../config/desired.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ROOT_TENANT_URN, type Urn } from '../model/urn.ts';
import type { Target } from './draft.ts';

export interface RecordedVolume {
  readonly record: ResourceRecord<'volume'>;
  readonly revision: number;
  /** Its own in the whole estate: two tenants may have stacks of one name. */
  readonly address: string;
}

/** The volume itself, to be changed; or, with a `urn` of its own, one like it that is yet to be made. */
export function targetOf(view: RecordedView, { record, revision, address }: RecordedVolume, urn?: Urn): Target {
  const { name, spec, owner, policy, tags = [], sourceFile: file = '' } = record;
  const nameOf = (of: Urn) => view.get(of)?.record.name ?? of;
  const node: DesiredNode<'volume'> = {
    kind: 'volume',
    name,
    existing: false,
    spec: {
      sizeBytes: spec.sizeBytes,
      virtualPool: nameOf(spec.virtualPool),
      virtualArray: nameOf(spec.virtualArray),
    },
    policy,
    tags,
    file,
    spanOf: () => ({ file, line: 1, column: 1 }),
  };
  const stack: DesiredStack = {
    type: 'stack',
    stack: owner.type === 'stack' ? owner.name : '',
    project: nameOf(spec.project),
    nodes: new Map(),
    forget: [],
    imports: [],
    files: [],
  };
  const base = { stack, node, tenant: record.scope.tenant ?? ROOT_TENANT_URN, project: spec.project, address };
  const recorded: VersionedRecord = { record, revision };
  return urn === undefined ? { ...base, urn: record.urn, recorded } : { ...base, urn };
}
