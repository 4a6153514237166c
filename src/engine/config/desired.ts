/**
 * The desired graph: what plan files say, after variables and ranges are expanded and every document is checked, with
 * references still by name. Made by config/, read by the planner. Pure data.
 */
import type { Diagnostic, SourceSpan } from '../../lib/diagnostic.ts';
import type { IoLimits } from '../../lib/pool-service.ts';
import type { Reference } from '../model/attributes.ts';
import type { KindName } from '../model/kinds.ts';
import type { HostQuiesce, QuiesceWish } from '../model/quiesce.ts';
import type { OnRemove, Policy } from '../model/record.ts';
import type {
  DeviceMode,
  PathPolicy,
  PoolLimits,
  Protocol,
  Provisioning,
  SshSettings,
  ZoningPolicy,
} from '../model/specs.ts';
import type { ProjectAcl, UserMapping } from '../model/tenancy-specs.ts';
import type { Urn } from '../model/urn.ts';

/** One plan file as the caller read it. The name is what users see in messages. */
export interface PlanText {
  readonly file: string;
  readonly text: string;
  /** Absolute directory of the file: relative paths in a device's configuration start there. Local callers only. */
  readonly directory?: string;
  /** Name that is recorded as the source, the same wherever the command is run from. Default: `file`. */
  readonly source?: string;
}

/** `text` is absent where it can't be formatted. */
export interface FormattedFile {
  readonly file: string;
  readonly changed: boolean;
  readonly text?: string;
}

/** Of every device. */
export interface DesiredAccess {
  readonly driver: string;
  /** Default `local`. */
  readonly endpoint: string;
  /** Only with an ssh:// endpoint. */
  readonly ssh?: SshSettings;
  /** The driver's own; checked by its schema in the planner. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly credential?: string;
  readonly mode: DeviceMode;
}

/** Specs as declared: names instead of URNs, sizes in bytes, defaults filled in. */
export interface DesiredSpecs {
  readonly tenant: {
    readonly userMappings?: readonly UserMapping[];
    /** What it may use; nothing else. */
    readonly use: { readonly virtualArrays: readonly string[]; readonly virtualPools: readonly string[] };
    readonly quota?: {
      readonly capacityBytes?: number;
      readonly virtualPools: readonly { readonly virtualPool: string; readonly bytes: number }[];
    };
  };
  readonly project: {
    readonly tenant: string;
    readonly quotaBytes?: number;
    readonly volumesPerSystem?: number;
    readonly owner?: string;
    readonly acl?: ProjectAcl;
  };
  readonly network: {
    readonly transport: 'ip' | 'fc';
    readonly subnets: readonly string[];
    /** WWPNs with colons, lower case; where the transport is fc. */
    readonly endpoints?: readonly string[];
    /** Of a fabric only, as all that follow; with it `configuration` is there, too. */
    readonly networkSystem?: string;
    /** `FID128`, a name, or a WWN. */
    readonly fabric?: string;
    readonly vsan?: number;
    readonly configuration?: string;
    readonly zoning?: ZoningPolicy;
  };
  readonly networkSystem: DesiredAccess & {
    readonly scope: { readonly fabrics?: readonly string[]; readonly vsans?: readonly number[] };
  };
  readonly storageSystem: DesiredAccess & {
    readonly scope: { readonly pools?: readonly string[] };
    readonly limits?: { readonly volumes?: number; readonly pools?: Readonly<Record<string, PoolLimits>> };
  };
  readonly virtualArray: {
    readonly networks: readonly string[];
    readonly storageSystems: readonly string[];
    readonly autoSanZoning?: boolean;
  };
  readonly virtualPool: {
    readonly type: 'block';
    readonly protocols: readonly Protocol[];
    readonly provisioning: Provisioning;
    readonly driveType?: string;
    readonly raidLevels?: readonly string[];
    readonly systemTypes?: readonly string[];
    readonly paths: PathPolicy;
    /** Fractions. */
    readonly limits: { readonly utilisation: number; readonly subscription: number };
    readonly quotaBytes?: number;
    /** Fraction. */
    readonly thinPreAllocation?: number;
    readonly multiVolumeConsistency?: boolean;
    readonly allocation?: 'spread' | 'pack';
    readonly arrayAffinity?: boolean;
    readonly compression?: boolean;
    readonly deduplication?: boolean;
    readonly longTermRetention?: boolean;
    readonly autoTieringPolicy?: string;
    readonly hostIoLimits?: IoLimits;
    readonly continuousCopies?: { readonly max: number; readonly virtualPool?: string };
    readonly snapshots?: { readonly max: number };
    readonly expandable?: boolean;
    readonly pools?: readonly string[];
    readonly virtualArrays: readonly string[];
  };
  readonly host: {
    readonly type: string;
    readonly tenant: string;
    readonly initiators: readonly {
      readonly protocol: Protocol;
      readonly portName: string;
      readonly network: string;
    }[];
    readonly interfaces?: readonly { readonly address: string; readonly prefixLength?: number }[];
    readonly quiesce?: HostQuiesce;
  };
  readonly cluster: { readonly tenant: string; readonly hosts: readonly string[] };
  readonly consistencyGroup: { readonly snapshotPolicy?: string };
  readonly snapshotPolicy: {
    readonly everyMs: number;
    readonly atMs: number;
    readonly keep: number;
    readonly quiesce?: QuiesceWish;
  };
  readonly volume: {
    readonly sizeBytes: number;
    readonly virtualPool: string;
    readonly virtualArray: string;
    readonly consistencyGroup?: string;
    readonly placement?: { readonly require?: readonly string[]; readonly avoid?: readonly string[] };
    readonly snapshotPolicy?: string;
    /** A volume; made as a full copy of it. */
    readonly copyOf?: string;
    /** Instead: of a snapshot. */
    readonly copyOfSnapshot?: string;
    /** It follows the volume. */
    readonly continuous?: true;
    /** Those that are made together, of a consistency group. No file says it. */
    readonly copySet?: string;
  };
  readonly snapshot: {
    readonly volume: string;
    /** Absent = its own name. */
    readonly set?: string;
    readonly quiesce?: QuiesceWish;
  };
  readonly export: {
    /** One of these four; the lists may be empty: nobody sees it yet. */
    readonly host?: string;
    readonly cluster?: string;
    readonly hosts?: readonly string[];
    readonly clusters?: readonly string[];
    /** That its volumes are of. */
    readonly virtualArray?: string;
    /** Over CoprHD's REST: by which who sees is named. */
    readonly namedBy?: 'initiators';
    /** `hluFrom`: a new map gets the lowest free number from there up. */
    readonly volumes: readonly { readonly volume: string; readonly hlu?: number; readonly hluFrom?: number }[];
    /** Read-only. Absent = none. */
    readonly snapshots?: readonly { readonly snapshot: string; readonly hlu?: number }[];
    readonly sharedAccess?: 'cluster-aware';
    /** One host's alone. Absent = whoever else is shown a volume says so, too. */
    readonly exclusive?: true;
    /** The host boots from its one volume. Exclusive. */
    readonly boot?: true;
    /** Copies may stand beside their source: what would be taken for the same was given identities of its own. */
    readonly copies?: 'identity-regenerated';
  };
}

export type DeclarableKind = keyof DesiredSpecs;

export interface DesiredMatch {
  /** Of the spec: `hosts`, `volumes`. */
  readonly field: string;
  readonly pattern: string;
  /** How many entries of the list stand before it. */
  readonly at: number;
  readonly hluFrom?: number;
  /** What it was found to stand for so far. */
  readonly names: readonly string[];
  readonly span: () => SourceSpan;
}

export interface DesiredNode<K extends DeclarableKind = DeclarableKind> {
  readonly kind: K;
  readonly name: string;
  /** `existing: true`: must be recorded already and is never changed; the spec is then absent. */
  readonly existing: boolean;
  readonly spec: K extends unknown ? DesiredSpecs[K] : never;
  readonly policy: Policy;
  readonly tags: readonly string[];
  /** Patterns in lists of references; matches.ts puts into the spec what they stand for. */
  readonly matches?: readonly DesiredMatch[];
  /** Local address (`volume.old`) that this resource had before. */
  readonly movedFrom?: string;
  /** It is this recorded one, whoever declared it: a change that is asked for by name. */
  readonly changes?: Urn;
  readonly file: string;
  /**
   * Something about it was complained about: the keys of which it isn't known what they shall be. The spec then lacks them
   * or has their defaults; it is there to be checked, never to be planned.
   */
  readonly unclear?: ReadonlySet<string>;
  /** Its key was complained about: there is a resource, but what it is called isn't known. */
  readonly nameless?: boolean;
  /** Position of the resource's key, or of a field in it (path as in kinds.ts, indices as numbers). Computed on demand. */
  readonly spanOf: (path?: readonly (string | number)[]) => SourceSpan;
}

/** A named value; references to attributes stand in it as they are written. */
export interface DesiredOutput {
  readonly name: string;
  readonly description?: string;
  readonly value: unknown;
  /** By placeholder: `${volume.data.wwn}`. */
  readonly references: ReadonlyMap<string, Reference & { readonly span: () => SourceSpan }>;
  readonly span: () => SourceSpan;
}

/** Text that is empty wasn't understood, and was complained about. */
export interface DesiredImport {
  readonly address: string;
  readonly system: string;
  readonly nativeId: string;
  readonly span: () => SourceSpan;
}

/** All documents of one stack, merged. */
export interface DesiredStack {
  readonly type: 'infrastructure' | 'stack';
  readonly stack: string;
  /** Name of the project; stacks only. The tenant follows from it; infrastructure belongs to the root tenant. */
  readonly project?: string;
  readonly projectSpan?: () => SourceSpan;
  /**
   * It isn't known which stack or project this is, which was complained about: what is of a project may be declared
   * anywhere else. `stack` is then a name that no stack has.
   */
  readonly unclear?: boolean;
  /** By local address, in file order. */
  readonly nodes: ReadonlyMap<string, DesiredNode>;
  readonly forget: readonly { readonly address: string; readonly span: () => SourceSpan }[];
  readonly imports: readonly DesiredImport[];
  /** In file order. */
  readonly outputs?: readonly DesiredOutput[];
  readonly files: readonly string[];
}

export interface DesiredGraph {
  /** Infrastructure first. Keyed by stack name. */
  readonly stacks: readonly DesiredStack[];
  /** Absent when everything was understood. */
  readonly notUnderstood?: NotUnderstood;
}

/** What was declared and complained about, so that references to it aren't complained about a second time. */
export interface NotUnderstood {
  /** `volume.data-01`, name folded, whatever the stack. */
  readonly names: ReadonlySet<string>;
  /** Of these a name could not be read: it may be any. */
  readonly kinds: ReadonlySet<KindName>;
  /** A file or document could not be read at all: anything may be declared in it. */
  readonly everything: boolean;
}

export interface ConfigResult {
  /** Whatever could be understood; complete only when there are no errors. */
  readonly graph: DesiredGraph;
  /** All complaints at once, sorted. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface ConfigOptions {
  /** `--var name=value`. Values are text and take the type of the default. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What a name in a file stands for: a node of the same apply, or a recorded resource. */
export interface Binding {
  readonly kind: KindName;
  readonly name: string;
  readonly node?: DesiredNode;
  readonly urn?: Urn;
}

export const DEFAULT_ON_REMOVE: OnRemove = 'quarantine';
