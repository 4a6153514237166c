/**
 * `device scan`: the storage systems behind a provider, which of them are registered, and what would register the others.
 * Read-only: nothing is stored, here or there. A host key or certificate that was pinned for a system behind the same
 * endpoint holds for the provider, too.
 */
import { z } from 'zod';
import { type Diagnostic, fail, OperationError } from '../../lib/diagnostic.ts';
import type { HostKey } from '../../lib/host-key.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { BlockArrayManifest, DriverManifest, FoundSystem, ProviderScan } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { scanPageSchema } from '../driver/scan-page.ts';
import { foldName } from '../model/address.ts';
import { KIND_NAMES, type KindName, kindEntry } from '../model/kinds.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { registrationStatus } from '../model/registration.ts';
import { addressOf } from '../observe/addresses.ts';
import { type PagesRead, readPages } from '../observe/pages.ts';
import { withView } from '../state/view.ts';
import { failureOf } from '../workflow/step-common.ts';
import { callContext } from './call-context.ts';
import { absolutePaths, configurationProblems } from './device-configuration.ts';
import type { DeviceScanInput, ScannedSystem } from './device-types.ts';
import { BUILT_IN_DRIVERS, loadBlockArray, loadDriver, manifestsOf } from './drivers.ts';
import type { Call } from './engine.ts';
import { createNames } from './import-names.ts';
import { addCommand, canBeDeclared, type Declared, planFileText } from './scan-text.ts';
import type { ResultOf } from './types.ts';

type System = ResourceRecord<'storageSystem'>;

export async function deviceScan(call: Call, input: DeviceScanInput): Promise<ResultOf<'device.scan'>> {
  const all = manifestsOf(await loadDriver(input.driver));
  const networks = all.find(({ kind }) => kind === 'network-system');
  if (networks && all.length === 1) return cannotScan(networks);
  const manifest = await loadBlockArray(input.driver);
  const { scan } = manifest;
  if (!scan) return cannotScan(manifest);
  const configuration = checkedConfiguration(manifest, scan, input);
  const { result: known } = await withView(call.engine.store, (view) => liveOf(view, 'storageSystem'));
  const stack = input.stack === undefined ? undefined : await freeStack(call, input.stack);
  const { found, hostKeys, problems } = await ask(call, manifest, scan, { ...input, configuration }, known);
  const nameFor = createNames(known.map(({ name }) => name));
  const systems = [...found]
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : guidOf(a) < guidOf(b) ? -1 : 1))
    .map((system): ScannedSystem => {
      const whole = {
        ...system.identity,
        name: system.name,
        configuration: { ...configuration, ...system.configuration },
      };
      const registered = known.find((record) => isSame(record, system, manifest.name));
      if (registered) {
        return { ...whole, registered: { name: registered.name, registrationStatus: registrationStatus(registered) } };
      }
      const name = nameFor(system.name, 'array');
      return { ...whole, register: { name, command: addCommand(input, name, whole.configuration) } };
    });
  const declared = systems.flatMap((system): Declared[] =>
    system.register && canBeDeclared(system) ? [{ system, name: system.register.name }] : [],
  );
  const endpoint = input.endpoint ?? 'local';
  const undeclared = systems.filter((system) => stack !== undefined && system.register && !canBeDeclared(system));
  return {
    outcome: problems.length === 0 ? 'ok' : 'error',
    diagnostics: [...problems.map((why) => incomplete(placeOf(input), why)), ...undeclared.map(notDeclared)],
    driver: manifest.name,
    endpoint,
    systems,
    complete: problems.length === 0,
    hostKeys,
    ...(stack === undefined || declared.length === 0 ? {} : { yaml: planFileText(input, stack, declared) }),
  };
}

const placeOf = ({ driver, endpoint = 'local' }: DeviceScanInput): string => `${driver} at ${endpoint}`;

const guidOf = ({ identity }: FoundSystem): string => identity.nativeGuid;

/** By what the device says it is; a serial number alone says it among devices of one driver. */
const isSame = (
  { spec, status: { identity } }: System,
  { identity: { nativeGuid, serialNumber } }: FoundSystem,
  driver: string,
): boolean =>
  identity !== undefined &&
  (identity.nativeGuid === nativeGuid || (spec.driver === driver && identity.serialNumber === serialNumber));

async function cannotScan({ name, kind }: DriverManifest): Promise<never> {
  const modules = await Promise.all(BUILT_IN_DRIVERS.map(loadDriver));
  const others = modules.flatMap(manifestsOf).filter((each) => each.kind === 'block-array' && each.scan);
  return fail('error', {
    code: 'COPRHD-DEVICE-007',
    summary: `driver ${name} can't scan: behind one login of it there is one ${kind === 'network-system' ? 'network' : 'storage'} system`,
    detail: `drivers that scan: ${others.map((each) => each.name).join(', ')}`,
    fix: `register each by itself: coprhd device add NAME --driver ${name} ...`,
  });
}

function checkedConfiguration(
  manifest: BlockArrayManifest,
  scan: ProviderScan,
  input: DeviceScanInput,
): Record<string, unknown> {
  const named = scan.systemKeys.filter((key) => Object.hasOwn(input.configuration, key));
  if (named.length > 0) {
    fail('error', {
      code: 'COPRHD-DEVICE-004',
      summary: `${named.join(', ')} names one storage system, and a scan finds all of them`,
      fix: `leave it out, or register that one: coprhd device add NAME --driver ${manifest.name} ...`,
    });
  }
  // A path on another machine has nothing to do with where the command was typed.
  const directory = (input.endpoint ?? 'local') === 'local' ? input.directory : undefined;
  const { configuration, relative } = absolutePaths(input.configuration, manifest.configurationPaths, directory);
  const parsed = scan.configuration.safeParse(configuration);
  const issues = [
    ...(parsed.success ? [] : parsed.error.issues),
    ...relative.map((path) => ({ path: [path], message: 'give an absolute path' })),
  ];
  if (issues.length > 0) throw new OperationError('error', configurationProblems(manifest.name, issues, 'driver'));
  return configuration;
}

const liveOf = <K extends KindName>(view: RecordedView, kind: K): ResourceRecord<K>[] =>
  view
    .all(kind)
    .map(({ record }) => record)
    .filter(isLive);

/** Kinds that plan files declare. */
const DECLARED = KIND_NAMES.filter((kind) => kindEntry(kind).collection !== undefined);

/** A legal name of a stack. One that has resources is refused: planned alone, the file would take them away. */
async function freeStack({ engine }: Call, wanted: string): Promise<string> {
  const name = createNames([])(wanted, 'scanned');
  const isOf = ({ owner }: ResourceRecord) => owner.type === 'stack' && foldName(owner.name) === foldName(name);
  const { result: owned } = await withView(engine.store, (view) =>
    DECLARED.flatMap((kind): ResourceRecord[] => liveOf(view, kind)).find(isOf),
  );
  if (!owned) return name;
  return fail('error', {
    code: 'COPRHD-USAGE-001',
    summary: `the stack ${name} is there already, with ${addressOf(owned)}`,
    detail: 'a second file of this stack would remove what it lacks when it is planned alone',
    fix: 'write a file of another name: the stack in it is named after it',
  });
}

interface Asked {
  readonly found: readonly FoundSystem[];
  readonly hostKeys: readonly HostKey[];
  /** Empty: these are all. */
  readonly problems: readonly string[];
}

async function ask(
  { engine, ctx }: Call,
  manifest: BlockArrayManifest,
  scan: ProviderScan,
  input: DeviceScanInput,
  known: readonly System[],
): Promise<Asked> {
  const { driver, endpoint = 'local', ssh, credential, configuration } = input;
  const spec = { name: endpoint, driver, endpoint, ssh, credential, configuration, hostKeys: pinned(known, input) };
  const schema = scanPageSchema(scan.systemKeys);
  const read: PagesRead<FoundSystem & { readonly nativeId: string }> = { items: new Map(), problems: new Set() };
  const { items, problems } = read;
  let hostKeys: readonly HostKey[] = [];
  try {
    const provider = await engine.devices.openProvider(spec, manifest);
    try {
      const deviceCtx = callContext(engine.clock, ctx.signal, LIMITS.discoveryDeadlineMs);
      const list = async (page?: string) => {
        if (items.size > LIMITS.scanSystemsMax) throw tooMany();
        const checked = schema.safeParse(await scan.listSystems(deviceCtx, provider.options, page));
        if (!checked.success) throw notAPage(checked.error);
        const { systems, next, complete, why } = checked.data;
        if (why !== undefined) problems.add(why);
        const more = next === undefined ? {} : { next };
        const itself = systems.map((system) => ({ ...system, nativeId: system.identity.nativeGuid }));
        return { items: itself, complete: complete || why !== undefined, ...more };
      };
      await readPages(list, read, () => engine.clock.nowMs() < deviceCtx.deadlineMs);
      hostKeys = provider.hostKeys();
    } finally {
      await provider.close();
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof DriverError)) throw error;
    if (items.size === 0) return failed(placeOf(input), error);
    problems.add(error.message);
  }
  const found = [...items.values()].map(({ nativeId: _nativeId, ...system }) => system);
  return { found, hostKeys, problems: [...problems] };
}

/** Of systems that are reached the same way. */
function pinned(known: readonly System[], { endpoint, ssh }: DeviceScanInput): HostKey[] {
  const keys = known
    .filter(({ spec }) => spec.endpoint === endpoint && spec.ssh?.jump === ssh?.jump)
    .flatMap(({ status }) => status.identity?.hostKeys ?? []);
  return [...new Map(keys.map((key) => [key.at, key])).values()];
}

const tooMany = (): DriverError =>
  new DriverError({ class: 'invalid', message: `there are more than ${LIMITS.scanSystemsMax} storage systems` });

function notAPage(error: z.ZodError): DriverError {
  const why = z.prettifyError(error).replaceAll('\n', ' ');
  return new DriverError({ class: 'invalid', message: `the driver gave something else than storage systems: ${why}` });
}

function failed(what: string, error: DriverError): never {
  const { code, message, hint } = failureOf(error);
  return fail('error', {
    code,
    summary: `${what} could not be scanned: ${message}`,
    fix: hint ?? 'check that it runs, its endpoint, and the configuration',
  });
}

const incomplete = (what: string, why: string): Diagnostic => ({
  code: 'COPRHD-DEVICE-001',
  severity: 'warning',
  summary: `${what} was not scanned whole: ${why}`,
  fix: 'check what did not answer, and scan again',
});

const notDeclared = ({ name, register }: ScannedSystem): Diagnostic => ({
  code: 'COPRHD-DEVICE-004',
  severity: 'warning',
  summary: `${name} is not in the plan file: its configuration has "\${", which a plan file takes for a placeholder`,
  fix: register!.command,
});
