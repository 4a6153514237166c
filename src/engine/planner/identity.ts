/**
 * Identities that the plan decides: URNs, names on devices, WWNs. All are derived from what is given, so that the same
 * inputs make the same plan.
 */
import { sha256Hex } from '../../lib/canonical-json.ts';
import { type Urn, urnFromSeed } from '../model/urn.ts';
import type { DriverFacts } from '../observe/observation.ts';

/**
 * A mask is the same one whenever this host has one on this system: so its freed HLUs are remembered although it went
 * meanwhile.
 */
export function maskUrn(installation: string, host: Urn, system: Urn): Urn {
  return urnFromSeed(installation, 'exportMask', `${host} ${system}`);
}

/** NAA-6 identity: `6` and 31 hex digits of a hash; a new incarnation on the same array is another device to hosts. */
export function volumeWwn(installation: string, systemSerial: string, urn: Urn, incarnation: number): string {
  return `6${sha256Hex(`wwn\n${installation}\n${systemSerial}\n${urn}\n${incarnation}`).slice(0, 31)}`;
}

/** SCSI unit serial number, 20 hex digits. */
export function volumeSerial(installation: string, systemSerial: string, urn: Urn, incarnation: number): string {
  return sha256Hex(`serial\n${installation}\n${systemSerial}\n${urn}\n${incarnation}`).slice(0, 20);
}

/** Eight characters that tie a name on a device to its installation and URN. */
export function nameHash(installation: string, urn: Urn): string {
  return sha256Hex(`name\n${installation}\n${urn}`).slice(0, 8);
}

/** `<name>-<hash>` within the device's alphabet and length. */
export function deviceLabel(
  base: string,
  installation: string,
  urn: Urn,
  driver: Pick<DriverFacts, 'nameAlphabet'>,
  lengthMax: number,
): string {
  const allowed = new RegExp(driver.nameAlphabet);
  const hash = nameHash(installation, urn);
  const safe = [...base.toLowerCase()].map((c) => (allowed.test(c) ? c : '-')).join('');
  return `${safe.slice(0, lengthMax - hash.length - 1)}-${hash}`;
}

/** What a volume is called on the device while it is quarantined. */
export function quarantineLabel(label: string, lengthMax: number): string {
  const hash = label.slice(-9);
  return `quarantined-${label.slice(0, -9)}`.slice(0, lengthMax - hash.length) + hash;
}
