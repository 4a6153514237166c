/**
 * The simulator as a storage provider: its directory is what is logged in to, and the arrays in it are the systems behind.
 * Each is asked who it is, as through its own session; one that doesn't answer is named, and doesn't hide the others.
 */
import { type CallContext, DriverError, type FoundSystem, type ScanPage } from 'coprhd/driver';
import { createSimulatedArray, whyNotSent } from './client.ts';
import { arrayNames, createDiskTransport } from './disk.ts';

const PAGE_ITEMS = 50;

/** `page` is the name of the last array of the page before. */
export async function scanDirectory(ctx: CallContext, directory: string, page = ''): Promise<ScanPage> {
  requireTime(ctx);
  const names = namesIn(directory);
  if (names.length === 0) {
    const hint = 'make some: coprhd sim up';
    throw new DriverError({ class: 'not-found', message: `there are no simulated arrays in ${directory}`, hint });
  }
  const left = names.filter((name) => name > page);
  const asked = left.slice(0, PAGE_ITEMS);
  const systems: FoundSystem[] = [];
  const silent: string[] = [];
  for (const name of asked) {
    requireTime(ctx);
    try {
      systems.push(await identified(ctx, directory, name));
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      requireTime(ctx);
      // Removed since the directory was read.
      if (error.class !== 'not-found') silent.push(`${name}: ${error.message}`);
    }
  }
  return {
    systems,
    ...(left.length > asked.length ? { next: asked.at(-1)! } : {}),
    complete: silent.length === 0,
    ...(silent.length === 0 ? {} : { why: silent.join('; ') }),
  };
}

async function identified(ctx: CallContext, directory: string, name: string): Promise<FoundSystem> {
  const array = createSimulatedArray(createDiskTransport(directory, name));
  const { serialNumber, model, firmwareVersion, nativeGuid, supported } = await array.identify(ctx);
  const identity = { serialNumber, model, firmwareVersion, nativeGuid, supported };
  return { name, identity, configuration: { array: name } };
}

function requireTime(ctx: CallContext): void {
  const stop = whyNotSent(false, ctx);
  if (stop) throw new DriverError({ class: 'transient', message: `the scan was not finished: ${stop}` });
}

function namesIn(directory: string): string[] {
  try {
    return arrayNames(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new DriverError({ class: 'transient', message: `${directory}: ${(error as Error).message}` }, error);
  }
}
