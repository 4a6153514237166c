/**
 * `cfgtransshow`, `cfgsize` and `defzone --show`. Shapes: ttrnecka/brocadesan (test/outputs/cfgtransshow_1.txt to _3.txt,
 * MIT); `--opentrans`, cfgsize and defzone as the Fabric OS Command Reference prints them.
 */
import { traitsOf } from '../state/firmware.ts';
import { type FosFabric, localSwitch, transactionAt } from '../state/model.ts';
import { databaseBytes } from '../state/resolve.ts';
import { otherOpenDomains } from '../state/transaction.ts';
import { accessText } from './show-zoning.ts';

/** Hexadecimal before FOS 8. */
function transactionHead(fabric: FosFabric, firmware: string): string[] {
  const open = transactionAt(fabric);
  const { older } = traitsOf(firmware);
  if (!open) return [`There is no outstanding zoning transaction${older ? 's' : ''}`];
  const token = !older ? `${open.token}` : `0x${open.token.toString(16)}`;
  return [`Current transaction token is ${token}`, open.abortable ? 'It is abortable' : 'It is not abortable'];
}

/** `everywhere`: `--opentrans`, with the domains of the fabric that have a transaction open. */
export function transactionLines(fabric: FosFabric, firmware: string, everywhere: boolean): string[] {
  const head = transactionHead(fabric, firmware);
  if (!everywhere) return head;
  const own = transactionAt(fabric) ? [localSwitch(fabric).domain] : [];
  const domains = [...own, ...otherOpenDomains(fabric)].sort((a, b) => a - b);
  const list = domains.length > 0 ? domains.join(' ') : 'None';
  return [...head, 'Transactions Detect: Capable', 'Current Open Transactions', 'Domain List:', '------------', list];
}

export function sizeLines(fabric: FosFabric): string[] {
  const committed = databaseBytes(fabric.defined);
  const { databaseBytesMax } = fabric.limits;
  const open = transactionAt(fabric);
  return [
    `Zone DB max size - ${databaseBytesMax} bytes`,
    `Available Zone DB size - ${Math.max(0, databaseBytesMax - committed)} bytes`,
    `\tcommitted - ${committed}`,
    `\ttransaction - ${open ? databaseBytes(open.buffer) : 0}`,
  ];
}

export function defaultZoneLines(fabric: FosFabric): string[] {
  const open = transactionAt(fabric)?.defaultZone;
  return [
    'Default Zone Access Mode',
    `\tcommitted - ${accessText(fabric.defaultZone)}`,
    `\ttransaction - ${open === undefined ? 'No Transaction' : accessText(open)}`,
  ];
}
