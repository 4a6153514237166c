/**
 * What an audit found, by check. Rows: `system …` and `network …` as drift has them ·
 * `finding check severity system object address summary evidence`.
 */
import { AUDIT_CHECK_NAMES, AUDIT_CHECKS, type AuditFinding } from '../engine/model/audit.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { systemLines, systemRows } from './drift.ts';
import { formatBytes, plural } from './format.ts';
import { networkLines, networkRows } from './network-seen.ts';
import { jsonCell } from './plain.ts';
import { paint, type Style, type Tone } from './style.ts';
import { wrap } from './text.ts';
import type { View } from './view.ts';

export const AUDIT_CHECK_CHOICES = AUDIT_CHECK_NAMES;

/** Of one check, unless all are wanted. */
const SHOWN_MAX = 10;

const TONES: Record<AuditFinding['severity'], Tone> = { risk: 'remove', waste: 'held', notice: 'other' };

export const auditView = (detail: 'summary' | 'some' | 'full'): View<ResultOf<'audit'>> => ({
  human: ({ findings, systems, networks }, style) => {
    const looked = [...systemLines(systems, style), ...networkLines(networks, style)];
    if (looked.length === 0) return ['Nothing to audit. No storage system is recorded; next: coprhd device add'];
    const unread = [partlyRead(systems, 'storage system'), partlyRead(networks, 'fabric')].filter(
      (words) => words !== '',
    );
    const doubt = unread.length === 0 ? '' : ` ${unread.join(' and ')} could not be read wholly.`;
    if (findings.length === 0) return [...looked, '', `Nothing was found.${doubt}`];
    const summary = wrap(
      `${paint(style, 'strong', 'SUMMARY')}  ${plural(findings.length, 'finding')} (${counts(findings)}).${doubt}`,
      style.width,
    );
    const shownMax = detail === 'full' ? findings.length : detail === 'some' ? SHOWN_MAX : 0;
    return [
      ...summary,
      '',
      ...looked,
      ...AUDIT_CHECK_NAMES.flatMap((check) =>
        checkLines(
          check,
          findings.filter((each) => each.check === check),
          shownMax,
          style,
        ),
      ),
      '',
      ...summary,
    ];
  },
  plain: ({ findings, systems, networks }) => [
    ...systemRows(systems),
    ...networkRows(networks),
    ...findings.map(({ check, severity, system, object, address, summary, evidence }) => [
      ...['finding', check, severity, system, object, address, summary],
      jsonCell(evidence),
    ]),
  ],
});

function partlyRead(seen: readonly { readonly trust: string }[], what: string): string {
  const partly = seen.filter(({ trust }) => trust !== 'whole').length;
  return partly === 0 ? '' : plural(partly, what);
}

function counts(findings: readonly AuditFinding[]): string {
  return (['risk', 'waste', 'notice'] as const)
    .map((severity) => ({ severity, count: findings.filter((each) => each.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(', ');
}

function checkLines(
  check: AuditFinding['check'],
  findings: readonly AuditFinding[],
  shownMax: number,
  style: Style,
): string[] {
  if (findings.length === 0) return [];
  const { severity, title } = AUDIT_CHECKS[check];
  const left = findings.length - shownMax;
  return [
    '',
    `${paint(style, TONES[severity], severity)}: ${title} (${findings.length})`,
    ...findings.slice(0, shownMax).flatMap((each) => findingLines(each, style)),
    ...(shownMax > 0 && left > 0 ? [`  and ${left} more: --detail full --check ${check}`] : []),
  ];
}

function findingLines({ system, address, summary, evidence }: AuditFinding, style: Style): string[] {
  const facts = Object.entries(evidence).map(([key, value]) => `${words(key)} ${valueText(key, value)}`);
  const head = address === undefined ? `${system}: ${summary}` : `${system}: ${summary} (${address})`;
  return [...wrap(head, style.width, '  '), ...wrap(facts.join('; '), style.width, '      ')];
}

/** `allocatedBytes` as `allocated`. */
function words(key: string): string {
  if (key === 'wwn') return 'WWN';
  return key
    .replace(/Bytes$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
}

function valueText(key: string, value: string | number | readonly string[]): string {
  if (typeof value === 'number') return key.endsWith('Bytes') ? formatBytes(value) : String(value);
  if (typeof value === 'string') return value;
  return value.length === 0 ? 'none' : value.join(', ');
}
