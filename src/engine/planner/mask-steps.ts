/** What is done about a mask itself: who is admitted, through which ports, and taking one over. */
import type { RecordedSpec } from '../model/specs.ts';
import type { Draft } from './draft.ts';
import type { MaskContext } from './masks.ts';
import type { ChildChange, Step } from './plan.ts';
import { vouchesFor } from './vouching.ts';

/** Over Fibre Channel the ports are those of its paths, which may have become more. */
export function servedBy(
  { transport, ports }: MaskContext,
  spec: RecordedSpec<'exportMask'>,
): RecordedSpec<'exportMask'> {
  return transport === 'fc' ? { ...spec, ports: ports.map(({ urn }) => urn) } : spec;
}

/** Also used by host-masks.ts, for masks that no export of the plan touches. */
export function ensureStep(draft: Draft, context: MaskContext, id: string, children: ChildChange[]): Step {
  const { observed, recorded, label, system, host, initiators } = context;
  const isNew = !recorded;
  const gains = initiators.filter((name) => !observed?.initiators.includes(name));
  const loses = (observed?.initiators ?? []).filter((name) => !initiators.includes(name));
  const changed = [...gains.map((name) => `+${name}`), ...loses.map((name) => `-${name}`)];
  const what =
    isNew || !observed
      ? `${label} on ${system.name}`
      : [`${label} on ${system.name}${changed.length > 0 ? ':' : ''}`, ...changed].join(' ');
  children.push({
    kind: 'exportMask',
    urn: context.urn,
    action: isNew ? 'create' : 'update',
    summary: `${what} (host ${host.name}, ${context.ports.length} ports)`,
  });
  return {
    id,
    system: system.urn,
    form: 'call',
    kind: 'mask.ensure',
    args: {
      mask: context.urn,
      name: label,
      initiators,
      ports: portIds(context),
      ...(observed ? { before: { initiators: observed.initiators, ports: observed.ports } } : {}),
      ...(loses.length > 0 ? { evidence: vouchesFor(draft) === undefined ? 'idle' : 'attested' } : {}),
    },
  };
}

/** Taken over as it is: only its mark is written. */
export function markStep(
  { observed, urn, system, host, label, ports }: MaskContext,
  id: string,
  children: ChildChange[],
): Step {
  const { nativeId, initiators, mappings } = observed!;
  const summary = `${label} on ${system.name} (host ${host.name}, ${ports.length} ports)`;
  children.push({ kind: 'exportMask', urn, action: 'adopt', summary });
  const luns = mappings.map(({ hlu, volume }) => ({ hlu, volume }));
  return {
    id,
    system: system.urn,
    form: 'call',
    kind: 'mask.mark',
    args: { mask: urn, name: label, nativeId, initiators, luns },
  };
}

export const portIds = (context: MaskContext): string[] => context.ports.map((port) => port.spec.nativeId);
