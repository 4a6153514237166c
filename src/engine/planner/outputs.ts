/**
 * Outputs of plan files: which resources their references mean, and what they are worth, as far as it is known: in a plan
 * what it will leave, after an apply what is recorded. Nothing of them is stored; they are always read from the records.
 */
import { attributeOf, type RecordReader } from '../model/attributes.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft } from './draft.ts';
import type { Plan, PlannedOutput } from './plan.ts';

/** Whose records are asked: everything of them that this plan leaves. */
export function planOutputs(draft: Draft): PlannedOutput[] {
  return draft.input.graph.stacks.flatMap(({ stack, outputs = [] }) =>
    outputs.flatMap(({ name, description, value: template, references, span }): PlannedOutput[] => {
      const bound: Record<string, { urn: Urn; attribute: string }> = {};
      for (const [placeholder, { attribute }] of references) {
        const urn = draft.urnAt(`${stack}/output.${name}#${placeholder}`);
        // Not resolved: config has complained.
        if (urn === undefined) return [];
        if (isGoing(draft, urn)) {
          draft.error({
            code: 'COPRHD-CONFIG-005',
            summary: `the output "${name}" refers to ${placeholder}, which this plan removes`,
            fix: 'Take the output out, or keep the resource.',
            span: span(),
          });
        }
        bound[placeholder] = { urn, attribute };
      }
      const output = {
        stack,
        name,
        ...(description === undefined ? {} : { description }),
        template,
        references: bound,
      };
      return [{ ...output, ...evaluated(output, draft) }];
    }),
  );
}

function isGoing(draft: Draft, urn: Urn): boolean {
  return draft.isRemoved(urn) || draft.get(urn)?.status.phase === 'quarantined';
}

/** The same outputs, with what the records say now. */
export function evaluateOutputs(outputs: NonNullable<Plan['outputs']>, reader: RecordReader): PlannedOutput[] {
  return outputs.map(({ value: _value, unknown: _unknown, ...output }) => ({
    ...output,
    ...evaluated(output, reader),
  }));
}

function evaluated(
  { template, references }: Pick<PlannedOutput, 'template' | 'references'>,
  reader: RecordReader,
): Pick<PlannedOutput, 'value' | 'unknown'> {
  const unknown = new Set<string>();
  const known = (placeholder: string): unknown => {
    const reference = references[placeholder];
    const record = reference?.urn === undefined ? undefined : reader.get(reference.urn);
    const value = record && attributeOf(record, reference!.attribute, reader);
    if (value === undefined) unknown.add(placeholder);
    return value;
  };
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
    }
    if (typeof value !== 'string') return value;
    if (Object.hasOwn(references, value)) return known(value);
    return value.replace(/\$\{[^{}]*\}/g, (placeholder) => {
      if (!Object.hasOwn(references, placeholder)) return placeholder;
      const found = known(placeholder);
      return found !== null && typeof found === 'object' ? JSON.stringify(found) : String(found);
    });
  };
  const value = fill(template);
  return unknown.size > 0 ? { unknown: [...unknown] } : { value };
}
