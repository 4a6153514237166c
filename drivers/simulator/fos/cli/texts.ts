/**
 * Questions and confirmations of the commands that commit, by version. FOS 7 and 8: as published session logs of a Brocade
 * 300 and of FOS 6 and 7 switches print them; FOS 9: a cancelled save as its users measured it on 9.2.2.
 */
import { atLeast } from '../state/firmware.ts';

const DEFAULT_NO = '(yes, y, no, n): [no] ';

export function saveQuestion(firmware: string, inconsistent: boolean): string {
  if (inconsistent) {
    return [
      'WARNING!!!',
      'The changes you are attempting to save will render the',
      'Effective configuration and the Defined configuration',
      'inconsistent. The inconsistency will result in different',
      'Effective Zoning configurations for switches in the fabric if',
      'a zone merge or HA failover happens. To avoid inconsistency',
      'it is recommended to commit the configurations using the',
      "'cfgenable' command.",
      '',
      'Do you want to proceed with saving the Defined',
      `zoning configuration only?  ${DEFAULT_NO}`,
    ].join('\n');
  }
  const older = [
    'Any changes made on the Effective configuration will not',
    'take effect until it is re-enabled.',
    `Do you want to save Defined zoning configuration only?  ${DEFAULT_NO}`,
  ];
  const newer = [
    'If the update includes changes to one or more traffic isolation',
    "zones, you must issue the 'cfgenable' command for the changes",
    'to take effect.',
    `Do you want to save the Defined zoning configuration only?  ${DEFAULT_NO}`,
  ];
  return [
    'You are about to save the Defined zoning configuration. This',
    'action will only save the changes on Defined configuration.',
    ...(atLeast(firmware, '8.0.0') ? newer : older),
  ].join('\n');
}

export const enableQuestion = (cfg: string): string =>
  [
    'You are about to enable a new zoning configuration.',
    'This action will replace the old zoning configuration with the',
    'current configuration selected. If the update includes changes ',
    'to one or more traffic isolation zones, the update may result in  ',
    'localized disruption to traffic on ports associated with',
    'the traffic isolation zone changes.',
    `Do you want to enable '${cfg}' configuration  ${DEFAULT_NO}`,
  ].join('\n');

export const DISABLE_QUESTION = [
  'You are about to disable zoning configuration. This',
  'action will disable any previous zoning configuration enabled.',
  `Do you want to disable zoning configuration? ${DEFAULT_NO}`,
].join('\n');

export const clearQuestion = (firmware: string): string =>
  [
    'The Clear All action will clear all Aliases, Zones, FA Zones',
    'and configurations in the Defined configuration.',
    ...(atLeast(firmware, '8.0.0')
      ? ['Run cfgSave to commit the transaction or cfgTransAbort to', 'cancel the transaction.']
      : []),
    `Do you really want to clear all configurations?  ${DEFAULT_NO}`,
  ].join('\n');

export const defaultZoneQuestion = (mode: string): string =>
  [
    `You are about to set the Default Zone access mode to ${mode}`,
    `Do you want to set the Default Zone access mode to ${mode} ? ${DEFAULT_NO}`,
  ].join('\n');

export const cancelledText = (firmware: string): string =>
  atLeast(firmware, '9.0.0') ? 'Operation canceled...' : 'Operation cancelled...';

/** Another switch of the fabric has a transaction open: Fabric OS Administrator's Guide, "Concurrent zone transactions". */
export const OPEN_ELSEWHERE = [
  'WARNING!!',
  'Multiple open transactions are pending in this fabric. Only one',
  'transaction can be saved. Please abort all unwanted transactions',
  'using the cfgtransabort command. Use the cfgtransshow --opentrans',
  'command to display a list of domains with open transactions',
];

export const RBAC_DENIED = 'RBAC permission denied.';
export const FABRIC_BUSY = 'The Fabric is busy, try again later.';
