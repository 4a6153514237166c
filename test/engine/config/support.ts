/** Shared by the tests of the plan language: a good plan, a view over given records, and how diagnostics are rendered. */

import type { ConfigResult, DesiredNode, DesiredStack, PlanText } from '../../../src/engine/config/desired.ts';
import { loadPlan } from '../../../src/engine/config/load.ts';
import { foldName } from '../../../src/engine/model/address.ts';
import type { KindName } from '../../../src/engine/model/kinds.ts';
import type { Phase, ResourceRecord, VersionedRecord } from '../../../src/engine/model/record.ts';
import type { RecordedView } from '../../../src/engine/model/recorded-view.ts';
import { uniqueNames } from '../../../src/engine/model/unique-names.ts';
import { makeUrn, ROOT_TENANT_URN, type Urn } from '../../../src/engine/model/urn.ts';
import type { Diagnostic } from '../../../src/lib/diagnostic.ts';

export const GOOD_PLAN = `kind: infrastructure
variables:
  driver: { default: simulator }
networks:
  storage-lan: { transport: ip, subnets: [10.1.2.0/24, "fd00:1::/64"] }
storageSystems:
  array-1:
    driver: \${var.driver}
    mode: manage
    credential: env:ARRAY_1
    configuration: { directory: state/array-1 }
    scope: { pools: [SRP_1] }
virtualArrays:
  dc1: { networks: [storage-lan], storageSystems: [array-1] }
virtualPools:
  gold:
    type: block
    protocols: [iscsi]
    provisioning: thin
    paths: { min: 2, max: 4 }
    limits: { utilisation: 80%, subscription: 250% }
    virtualArrays: [dc1]
hosts:
  ora-{1..4}:
    type: linux
    tenant: finance
    initiators: [{ iqn: "iqn.2024-01.com.example:\${name}", network: storage-lan }]
clusters:
  ora-prod: { tenant: finance, hosts: ["ora-{1..4}"] }
tenants:
  finance:
projects:
  oracle: { tenant: finance }
---
kind: stack
stack: oracle-prod
project: oracle
variables:
  size: { default: 2TiB }
volumes:
  ora-data-{01..08}: { size: "\${var.size}", virtualPool: gold, virtualArray: dc1 }
  ora-boot-{1..4}: { size: 100GiB, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete }
exports:
  ora-data: { cluster: ora-prod, volumes: [{ volume: "ora-data-{01..08}", hlu: 10.. }] }
  ora-boot-{1..4}: { host: "ora-\${n}", volumes: ["ora-boot-\${n}"] }
`;

export function load(text: string | readonly PlanText[], variables: Record<string, string> = {}): ConfigResult {
  return loadPlan(typeof text === 'string' ? [{ file: 'plan.yaml', text }] : text, { variables });
}

/** The parts of a stack document that tests don't care about. */
export function stackText(body: string): string {
  return `kind: stack\nstack: s\nproject: p\n${body}`;
}

export function stackOf({ graph }: ConfigResult, name: string): DesiredStack {
  const found = graph.stacks.find(({ stack }) => stack === name);
  if (found === undefined) throw new Error(`no stack ${name}`);
  return found;
}

export function nodeOf(result: ConfigResult, address: string): DesiredNode {
  for (const { nodes } of result.graph.stacks) {
    const node = nodes.get(address);
    if (node !== undefined) return node;
  }
  throw new Error(`no node ${address}`);
}

/** `COPRHD-CONFIG-005 plan.yaml:3:1 summary`, for comparing. */
export function brief(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, span, summary }) => {
    const where = span === undefined ? '-' : `${span.line}:${span.column}`;
    return `${code.slice('COPRHD-CONFIG-'.length)} ${where} ${summary}`;
  });
}

export function render(diagnostics: readonly Diagnostic[]): string {
  const lines = diagnostics.flatMap(({ code, span, summary, detail, fix }) => [
    `${span === undefined ? '' : `${span.file}:${span.line}:${span.column} `}${code} ${summary}`,
    ...(detail === undefined ? [] : [`    ${detail}`]),
    ...(fix === undefined ? [] : [`    ${fix}`]),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

let counter = 1;

export function record(kind: KindName, name: string, spec: object = {}, phase: Phase = 'ready'): ResourceRecord {
  counter += 1;
  return {
    urn: makeUrn(kind, `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`),
    kind,
    name,
    scope: { tenant: ROOT_TENANT_URN },
    owner: { type: 'api', user: 'test' },
    spec: spec as never,
    status: { phase, sinceMs: 0 },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: { type: 'local', name: 'test' },
    createdAtMs: 0,
    incarnation: 1,
    schemaVersion: 1,
  };
}

/** Everything loaded. `wholeKinds` notes for which kinds all records were asked. */
export function viewOf(records: readonly ResourceRecord[]): RecordedView & { wholeKinds: string[] } {
  const versioned = records.map((entry) => ({ record: entry, revision: 1 }));
  const wholeKinds: string[] = [];
  const cast = <K extends KindName>(found: unknown) => found as VersionedRecord<K> | undefined;
  const holds = (entry: VersionedRecord, kind: string, scope: string, name?: string) =>
    uniqueNames(entry.record).some(
      (unique) =>
        unique.kind === kind && unique.scope === scope && (name === undefined || unique.name === foldName(name)),
    );
  return {
    revision: 1,
    wholeKinds,
    get: (urn: Urn) => cast(versioned.find((entry) => entry.record.urn === urn)),
    byName: (kind, scope, name) => cast(versioned.find((entry) => holds(entry, kind, scope, name))),
    inScope: (kind, scope) => versioned.filter((entry) => holds(entry, kind, scope)) as never,
    byAddress: () => undefined,
    members: () => [],
    inStack: () => [],
    all: (kind) => {
      wholeKinds.push(kind);
      return versioned.filter((entry) => entry.record.kind === kind) as never;
    },
    pool: () => undefined,
    port: () => undefined,
    systemMetrics: () => undefined,
    portMetrics: () => undefined,
    ledger: () => undefined,
  };
}
