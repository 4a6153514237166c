/**
 * Recorded resources: a list, or one in full. Rows: `resource address kind urn phase parent` ·
 * `attribute address name value`.
 */
import type { ResultOf, ShownResource } from '../engine/operations/types.ts';
import { fieldWords, formatValue, kindWords, plural } from './format.ts';
import { jsonCell } from './plain.ts';
import { paint, type Style } from './style.ts';
import { pairs, table } from './text.ts';
import type { Row, View } from './view.ts';

/** In a list: what tells one from another. Everything is in the single form. */
const LISTED = [
  'size',
  'sizeBytes',
  'provisioning',
  'system',
  'pool',
  'host',
  'cluster',
  'hosts',
  'clusters',
  'driver',
  'mode',
  'type',
];

function phaseWord(resource: ShownResource, style: Style): string {
  return resource.phase === 'ready' ? 'ready' : paint(style, 'held', resource.phase);
}

function listLines(resources: readonly ShownResource[], style: Style): string[] {
  const rows = resources.map((resource) => {
    const facts = LISTED.filter((name) => resource.attributes[name] !== undefined);
    const words = facts.map((name) => formatValue(name, resource.attributes[name]));
    return [resource.address, phaseWord(resource, style), words.join(', ')];
  });
  return [...table(rows, { width: style.width }), '', `${plural(resources.length, 'resource')}.`];
}

function fullLines(resource: ShownResource, style: Style, indent = ''): string[] {
  const attributes = Object.entries(resource.attributes).map(
    ([name, value]) => [fieldWords(name), formatValue(name, value)] as const,
  );
  return [
    `${indent}${paint(style, 'strong', resource.address)}  ${kindWords(resource.kind)}, ${phaseWord(resource, style)}`,
    ...pairs([...attributes, ['urn', resource.urn]], style.width, `${indent}  `),
    ...resource.children.flatMap((child) => fullLines(child, style, `${indent}  `)),
  ];
}

function resourceRows(resource: ShownResource, parent?: string): Row[] {
  const { address, kind, urn, phase } = resource;
  return [
    ['resource', address, kind, urn, phase, parent],
    ...Object.entries(resource.attributes).map(([name, value]): Row => ['attribute', address, name, jsonCell(value)]),
    ...resource.children.flatMap((child) => resourceRows(child, address)),
  ];
}

/** `single`: one address was asked for. */
export function showView(single: boolean): View<ResultOf<'show'>> {
  return {
    human: ({ resources }, style) => {
      if (resources.length === 0) return single ? [] : ['Nothing is recorded yet.'];
      return single ? resources.flatMap((resource) => fullLines(resource, style)) : listLines(resources, style);
    },
    plain: ({ resources }) => resources.flatMap((resource) => resourceRows(resource)),
  };
}
