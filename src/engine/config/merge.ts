/** The documents of each stack put together: what is declared twice, and stacks that contradict themselves. */
import { foldName, INFRASTRUCTURE_STACK, localAddress } from '../model/address.ts';
import { at } from './complaints.ts';
import { type Context, nameKey } from './context.ts';
import type { DesiredNode, DesiredOutput, DesiredStack } from './desired.ts';
import type { ReadDocument } from './documents.ts';
import { addOutputs } from './outputs.ts';
import { DOCUMENT_TYPES, type DocumentType } from './schema/document.ts';
import type { SourceDocument } from './text.ts';

interface MergedStack {
  readonly type: DocumentType;
  readonly stack: string;
  readonly project?: string;
  readonly unclear?: true;
  readonly first: SourceDocument;
  readonly nodes: Map<string, DesiredNode>;
  readonly forget: DesiredStack['forget'][number][];
  readonly imports: DesiredStack['imports'][number][];
  readonly outputs: DesiredOutput[];
  readonly files: Set<string>;
}

/** All documents, one stack each name; infrastructure first. What belongs nowhere known is a stack of its own. */
export function mergeDocuments(documents: readonly ReadDocument[], context: Context): DesiredStack[] {
  const stacks = new Map<string, MergedStack>();
  const unclear: MergedStack[] = [];
  const declared = new Map<string, DesiredNode>();
  // Infrastructure first, so that a contradiction is blamed on the stack.
  const byType = DOCUMENT_TYPES.flatMap((type) => documents.filter((read) => read.type === type));
  for (const read of byType) {
    const known = read.unclear ? undefined : stackFor(read, stacks, context);
    const target = known ?? { ...newStack(read), stack: '?', unclear: true as const };
    if (known === undefined) unclear.push(target);
    for (const node of read.nodes)
      addNode(node, target, known === undefined ? `?${unclear.length}` : '', declared, context);
    target.forget.push(...read.forget);
    target.imports.push(...read.imports);
    addOutputs(target.outputs, read.outputs, context);
    target.files.add(read.document.file);
  }
  return [...stacks.values(), ...unclear].map(
    ({ first, files, ...stack }): DesiredStack => ({
      ...stack,
      ...(stack.project === undefined ? {} : { projectSpan: () => first.valueSpan(['project']) }),
      files: [...files],
    }),
  );
}

function newStack({ document, type, stack, project }: ReadDocument): MergedStack {
  const identity = { type, stack, ...(project === undefined ? {} : { project }) };
  const lists = { forget: [], imports: [], outputs: [] };
  return { ...identity, ...lists, first: document, nodes: new Map(), files: new Set<string>() };
}

/** Undefined when it contradicts what is known of the stack. */
function stackFor(
  read: ReadDocument,
  stacks: Map<string, MergedStack>,
  { complaints }: Context,
): MergedStack | undefined {
  const { document, type, stack, project } = read;
  const known = stacks.get(foldName(stack));
  if (known === undefined) {
    const made = newStack(read);
    stacks.set(foldName(stack), made);
    return made;
  }
  if (known.type !== type) {
    complaints.add({
      code: 'COPRHD-CONFIG-006',
      summary: `the stack "${stack}" is declared both as kind: ${known.type} and as kind: ${type}`,
      detail: `It is kind: ${known.type} at ${at(known.first.keySpan([]))}.`,
      fix: 'Give one of them another name by "stack:".',
      span: document.valueSpan([stack === INFRASTRUCTURE_STACK && type === 'infrastructure' ? 'kind' : 'stack']),
    });
    return undefined;
  }
  if (foldName(known.project ?? '') === foldName(project ?? '')) return known;
  complaints.add({
    code: 'COPRHD-CONFIG-015',
    summary: `the stack "${stack}" is in project "${known.project}" and in project "${project}"`,
    detail: `A stack has one project; it is "${known.project}" at ${at(known.first.valueSpan(['project']))}.`,
    fix: 'Write the same project in both documents, or another stack name in one.',
    span: document.valueSpan(['project']),
  });
  return undefined;
}

/** `unclear`: tells apart what belongs nowhere known. */
function addNode(
  node: DesiredNode,
  stack: MergedStack,
  unclear: string,
  declared: Map<string, DesiredNode>,
  { complaints, notUnderstood }: Context,
): void {
  // Names are unique in the zone, or in the project for what belongs to one.
  const scope = stack.type === 'stack' ? unclear || foldName(stack.project ?? '') : '';
  // Others may mean it.
  if (unclear !== '') notUnderstood.names.add(nameKey(node.kind, node.name));
  const key = `${nameKey(node.kind, node.name)}/${scope}`;
  const first = node.nameless ? undefined : declared.get(key);
  if (first === undefined) {
    declared.set(key, node);
    stack.nodes.set(localAddress(node.kind, node.name), node);
    return;
  }
  const address = localAddress(node.kind, node.name);
  complaints.add({
    code: 'COPRHD-CONFIG-006',
    summary: `${address} is declared twice`,
    detail: `It is declared at ${at(first.spanOf())} too${first.name === node.name ? '' : `, as "${first.name}"; names are unique ignoring case`}.`,
    fix: 'Remove one, or give it another name.',
    span: node.spanOf(),
    address,
  });
}
