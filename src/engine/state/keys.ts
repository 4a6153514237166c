/** The key layout. Everything stored has its key made here and nowhere else. */
import { foldName } from '../model/address.ts';
import type { KindName } from '../model/kinds.ts';
import { memberListPrefix } from '../model/members.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';

export const keys = {
  record: (urn: Urn) => {
    const { kind, uuid } = parseUrn(urn);
    return `r/${kind}/${uuid}`;
  },
  records: 'r/',
  recordsOf: (kind: KindName) => `r/${kind}/`,
  observed: (urn: Urn) => {
    const { kind, uuid } = parseUrn(urn);
    return `o/${kind}/${uuid}`;
  },
  /**
   * Metrics of a port or a storage system. Not with what is observed of it: that is written by every apply and discovery, from
   * what they had read before, and this by nobody but those who sample.
   */
  metrics: (urn: Urn) => {
    const { kind, uuid } = parseUrn(urn);
    return `om/${kind}/${uuid}`;
  },
  /** How full a pool, or an account of a quota, was (capacity-history.ts). By whose ledger it is; nobody but those who keep observations writes it. */
  capacityHistory: (of: Urn) => `oc/${uuidOf(of)}`,
  capacityHistories: 'oc/',
  unique: (kind: KindName, scope: string, name: string) => `u/${kind}/${scope}/${foldName(name)}`,
  /** What follows is the uuid of one that is in the list. */
  membersOf: (of: Urn, list: string) => `u/member/${uuidOf(of)}/${foldName(memberListPrefix(list))}`,
  uniqueNames: 'u/',
  uniqueOf: (kind: KindName) => `u/${kind}/`,
  uniqueIn: (kind: KindName, scope: string) => `u/${kind}/${scope}/`,
  /** Tenant by uuid; stack and name folded. */
  address: (tenant: Urn, stack: string, kind: KindName, name: string) =>
    `a/${uuidOf(tenant)}/${foldName(stack)}/${kind}/${foldName(name)}`,
  addresses: 'a/',
  addressesOf: (tenant: Urn, stack: string) => `a/${uuidOf(tenant)}/${foldName(stack)}/`,
  sharedClaim: (urn: Urn, workflow: string) => {
    const { kind, uuid } = parseUrn(urn);
    return `c/${kind}/${uuid}/${workflow}`;
  },
  sharedClaimsOn: (urn: Urn) => {
    const { kind, uuid } = parseUrn(urn);
    return `c/${kind}/${uuid}/`;
  },
  workflow: (id: string) => `w/${id}`,
  workflows: 'w/',
  /** Who runs the workflow, and its fence; every write of the runner compares this key's revision. */
  workflowOwner: (id: string) => `wo/${id}`,
  workflowOwners: 'wo/',
  journals: 'wj/',
  journal: (id: string, unit: string, step: string) => `wj/${id}/${unit}/${step}`,
  journalOf: (id: string) => `wj/${id}/`,
  /** What others ask of runners (workflow/control.ts): few keys, that every runner follows. */
  controls: 'x/',
  frozen: 'x/frozen',
  stopRequest: (workflow: string) => `x/stop/${workflow}`,
  /** Ended tasks, by workflow and position of the unit in its plan. Open ones are read off workflow and journal. */
  task: (workflow: string, ordinal: number) => `t/${workflow}/${String(ordinal).padStart(6, '0')}`,
  tasks: 't/',
  tasksOf: (workflow: string) => `t/${workflow}/`,
  /** Ended workflows in the order of their end, so that old tasks are found without looking through all. */
  endedWorkflow: (endedAtMs: number, workflow: string) => `m/ended/${String(endedAtMs).padStart(15, '0')}/${workflow}`,
  endedWorkflows: 'm/ended/',
  /** Whose turn it is to change the zoning of a fabric; vanishes with the process (workflow/fabric-turns.ts). */
  fabricTurn: (network: Urn) => `ft/${uuidOf(network)}`,
  ledger: (pool: Urn) => `l/${uuidOf(pool)}`,
  blobs: 'b/',
  blobChunk: (hash: string, index: number) => `b/${hash}/${String(index).padStart(4, '0')}`,
  blob: (hash: string) => `b/${hash}/`,
  /** Sealed secrets, and which key they are sealed under (vault.ts). */
  secret: (name: string) => `s/secret/${foldName(name)}`,
  secrets: 's/secret/',
  secretKey: 's/key',
  /** Local users, and tokens by the hash of what their owners have (logins.ts). */
  user: (name: string) => `au/user/${foldName(name)}`,
  users: 'au/user/',
  tokenKey: 'au/key',
  token: (user: string, hash: string) => `au/token/${foldName(user)}/${hash}`,
  tokensOf: (user: string) => `au/token/${foldName(user)}/`,
  tokens: 'au/token/',
  process: (id: string) => `p/${id}`,
  processes: 'p/',
  /** Ended records in the order of their end, so that old ones are found without looking through all records. */
  tombstone: (endedAtMs: number, urn: Urn) => `m/tombstone/${String(endedAtMs).padStart(15, '0')}/${urn}`,
  tombstones: 'm/tombstone/',
  appliedPlan: (planId: string) => `m/applied/${planId}`,
  /** How daemons serve: of one node, or of all. */
  daemonSettings: (node: string | undefined) => (node === undefined ? 'm/daemon/@all' : `m/daemon/${foldName(node)}`),
  installation: 'm/installation',
  epoch: 'm/epoch',
  version: 'm/version',
} as const;
