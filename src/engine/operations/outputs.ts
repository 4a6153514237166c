/** What the outputs of plan files are worth: read from the records when they are asked for, never stored. */
import { fail, hasErrors } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import type { Binding, DesiredGraph } from '../config/desired.ts';
import { outputAddress } from '../config/references.ts';
import { foldName } from '../model/address.ts';
import type { RecordReader } from '../model/attributes.ts';
import { isLive } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { uuidOf } from '../model/urn.ts';
import { evaluateOutputs } from '../planner/outputs.ts';
import type { OutputValue, Plan, PlannedOutput } from '../planner/plan.ts';
import { openViewLoader, withView } from '../state/view.ts';
import type { Call } from './engine.ts';
import { checkSource } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';

export async function output(call: Call, input: InputOf<'output'>): Promise<ResultOf<'output'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { graph, bindings, diagnostics } = await checkSource(loader, input);
    if (hasErrors(diagnostics)) return { outcome: 'error', diagnostics, outputs: [] };
    const declared = declaredOutputs(graph, bindings);
    const wanted = input.name === undefined ? declared : [onlyNamed(declared, input.name)];
    const { result } = await withView(loader, (view) => evaluateOutputs(wanted, readerOf(view)));
    return { outcome: 'ok', diagnostics, outputs: result.map(withoutTemplate) };
  } finally {
    loader.close();
  }
}

/** After an apply; nothing when the plan has no outputs. */
export async function outputsAfter(
  { engine }: Call,
  plan: Plan | undefined,
): Promise<{ outputs?: readonly OutputValue[] }> {
  const outputs = plan?.outputs ?? [];
  if (outputs.length === 0) return {};
  const { result } = await withView(engine.store, (view) => evaluateOutputs(outputs, readerOf(view)));
  return { outputs: result.map(withoutTemplate) };
}

/** What isn't recorded yet has no URN, and what refers to it stays unknown. */
function declaredOutputs(graph: DesiredGraph, bindings: ReadonlyMap<string, Binding>): PlannedOutput[] {
  return graph.stacks.flatMap(({ stack, outputs = [] }) =>
    outputs.map(({ name, description, value: template, references }): PlannedOutput => {
      const bound: Record<string, PlannedOutput['references'][string]> = {};
      for (const [placeholder, { attribute }] of references) {
        const urn = bindings.get(`${stack}/${outputAddress(name)}#${placeholder}`)?.urn;
        bound[placeholder] = { attribute, ...(urn === undefined ? {} : { urn }) };
      }
      return { stack, name, ...(description === undefined ? {} : { description }), template, references: bound };
    }),
  );
}

function onlyNamed(outputs: readonly PlannedOutput[], text: string): PlannedOutput {
  const fits = ({ stack, name }: PlannedOutput) =>
    [name, `${stack}/${name}`].some((address) => foldName(address) === foldName(text));
  const found = outputs.filter(fits);
  if (found.length === 1) return found[0]!;
  const addresses = (found.length === 0 ? outputs : found).map(({ stack, name }) => `${stack}/${name}`);
  if (found.length > 1) {
    const summary = `the output ${text} is ambiguous`;
    const fix = 'write stack/name';
    return fail('error', { code: 'COPRHD-STATE-007', summary, detail: addresses.join(', '), fix });
  }
  const near = nearest(
    text,
    outputs.map(({ name }) => name),
  );
  return fail('error', {
    code: 'COPRHD-STATE-005',
    summary: `the files have no output ${text}`,
    detail: addresses.length === 0 ? 'they have none at all' : `there are: ${addresses.join(', ')}`,
    fix: near === undefined ? 'write the name as the file does' : `did you mean ${near}?`,
  });
}

function readerOf(view: RecordedView): RecordReader {
  return {
    get: (urn) => {
      const record = view.get(urn)?.record;
      return record && isLive(record) ? (record as never) : undefined;
    },
    childrenOf: (kind, parent) =>
      view
        .inScope(kind, uuidOf(parent))
        .map(({ record }) => record)
        .filter(isLive),
    membersOf: (urn, list) => view.members(urn, list),
  };
}

function withoutTemplate({ template: _template, references: _references, ...output }: PlannedOutput): OutputValue {
  return output;
}
