/**
 * What is behind a storage provider. Rows: `system name serial model firmware nativeGuid supported registeredAs registration` ·
 * `register name command` · `host-key at type fingerprint` · `scan driver endpoint found registered complete` · `written file`.
 */
import type { ScannedSystem } from '../engine/operations/device-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

export type ScanShown = Omit<ResultOf<'device.scan'>, 'yaml'> & { readonly written?: string; readonly next?: string };

function stateWords({ registered, supported }: ScannedSystem, style: Style): string {
  const words = [
    ...(supported ? [] : ['not tested with the driver']),
    ...(registered?.registrationStatus === 'UNREGISTERED' ? ['deregistered'] : []),
  ].join(', ');
  return words === '' ? '' : paint(style, 'held', words);
}

export const deviceScanView: View<ScanShown> = {
  human: ({ driver, endpoint, systems, complete, hostKeys, written, next }, style) => {
    const open = systems.flatMap(({ register }) => (register ? [register] : []));
    const counts = `${plural(systems.length, 'storage system')}, ${systems.length - open.length} registered, ${open.length} not`;
    return [
      ...table(
        systems.map((system) => [
          `${system.register ? paint(style, 'add', '+') : ' '} ${system.name}`,
          system.serialNumber,
          `${system.model} ${system.firmwareVersion}`,
          system.registered ? `registered as ${system.registered.name}` : 'not registered',
          stateWords(system, style),
        ]),
        { width: style.width },
      ),
      // One line each, whatever its length: it is there to be copied.
      ...(open.length === 0 || written !== undefined
        ? []
        : ['', 'to register one', ...open.map(({ command }) => `  ${command}`)]),
      ...hostKeys.flatMap(({ at, type, fingerprint }) => ['', `${at} showed ${type}`, `  ${fingerprint}`]),
      ...(systems.length > 0 ? [''] : []),
      ...wrap(
        `${paint(style, 'strong', 'SUMMARY')}  ${driver} at ${endpoint}: ${complete ? '' : 'at least '}${counts}`,
        style.width,
      ),
      ...(written === undefined ? [] : [`written: ${written}`]),
      ...(next === undefined ? [] : [`next: ${next}`]),
    ];
  },
  plain: ({ driver, endpoint, systems, complete, hostKeys, written }) => [
    ...systems.flatMap(({ name, registered, register, ...system }): Row[] => [
      [
        ...['system', name, system.serialNumber, system.model, system.firmwareVersion, system.nativeGuid],
        ...[system.supported, registered?.name, registered?.registrationStatus],
      ],
      ...(register ? [['register', register.name, register.command]] : []),
    ]),
    ...hostKeys.map(({ at, type, fingerprint }) => ['host-key', at, type, fingerprint]),
    ['scan', driver, endpoint, systems.length, systems.filter(({ registered }) => registered).length, complete],
    ...(written === undefined ? [] : [['written', written]]),
  ],
};
