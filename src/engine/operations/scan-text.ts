/**
 * What registers a storage system that a scan found: the command that does it, and a plan file for all that are not registered
 * yet. Pure; command and file say the same. What a device calls itself is quoted wherever it is written.
 */
import { shellWord } from '../../lib/shell-word.ts';
import { hasPlaceholder } from '../config/placeholders.ts';
import type { DeviceScanInput, ScannedSystem } from './device-types.ts';
import { inOneForm, quoted } from './import-look.ts';

/** How the provider is reached, and so every system behind it. */
export type Reach = Pick<DeviceScanInput, 'driver' | 'endpoint' | 'ssh' | 'credential'>;

type Found = Omit<ScannedSystem, 'register' | 'registered'>;

/** `device add` takes a value for JSON where it is: a text that reads like JSON is given as JSON. */
function settingText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

/** With its name or `NAME`, as a shell takes it. */
export function addCommand(reach: Reach, name: string, configuration: Found['configuration']): string {
  const { driver, endpoint = 'local', ssh, credential } = reach;
  const flag = (word: string, value: string | undefined) => (value === undefined ? [] : [`--${word}`, value]);
  return [
    ...['coprhd', 'device', 'add', name, '--driver', driver],
    ...(endpoint === 'local' ? [] : ['--endpoint', endpoint]),
    ...flag('jump', ssh?.jump),
    ...flag('jump-credential', ssh?.jumpCredential),
    ...flag('credential', credential),
    ...Object.entries(configuration).flatMap(([key, value]) => ['--set', `${key}=${settingText(value)}`]),
  ]
    .map(shellWord)
    .join(' ');
}

/** A plan file can't hold such a text as it is: it would be taken for a placeholder. */
export const canBeDeclared = ({ configuration }: Found): boolean => !hasPlaceholder(configuration);

export interface Declared {
  readonly system: Found;
  readonly name: string;
}

export function planFileText(reach: Reach, stack: string, declared: readonly Declared[]): string {
  const { driver, endpoint = 'local', ssh, credential } = reach;
  const optional = (key: string, value: unknown) => (value === undefined ? [] : [`    ${key}: ${flow(value)}`]);
  return inOneForm(
    [
      `# Storage systems that a scan of ${quoted(endpoint)} with driver ${quoted(driver)} found, and that were not registered.`,
      '# Applying this registers them to be observed: nothing of them may be changed. Take out those that are not wanted.',
      'kind: infrastructure',
      `stack: ${quoted(stack)}`,
      'storageSystems:',
      ...declared.flatMap(({ system, name }) => [
        `  # ${systemWords(system)}.`,
        ...(system.supported ? [] : [`  # ${NOT_SUPPORTED}: coprhd device review ${name} --accept manage`]),
        `  ${quoted(name)}:`,
        `    driver: ${quoted(driver)}`,
        ...(endpoint === 'local' ? [] : [`    endpoint: ${quoted(endpoint)}`]),
        ...optional('ssh', ssh),
        `    configuration: ${flow(system.configuration)}`,
        ...optional('credential', credential),
        `    mode: observe # to go on: coprhd audit; then mode: manage, and scope: { pools: [...] } as coprhd pool list has them`,
      ]),
      '',
    ].join('\n'),
  );
}

const NOT_SUPPORTED = 'The driver was not tested with it: it stays observed, whatever mode says, until';

const systemWords = ({ name, model, firmwareVersion, serialNumber }: Found): string =>
  `${quoted(name)}: model ${quoted(model)}, firmware ${JSON.stringify(firmwareVersion)}, serial ${JSON.stringify(serialNumber)}`;

/** A value in one line of YAML. */
function flow(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{ ${entries.map(([key, inner]) => `${quoted(key)}: ${flow(inner)}`).join(', ')} }`;
}
