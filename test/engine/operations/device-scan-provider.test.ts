/** `device scan` and providers that are reached over a network, or whose driver answers something odd. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import simulator from '../../../drivers/simulator/index.ts';
import type { FoundSystem, ScanPage } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { deviceScan } from '../../../src/engine/operations/device-scan.ts';
import type { DeviceSpec } from '../../../src/engine/operations/device-session.ts';
import type { OpenProvider } from '../../../src/engine/operations/devices.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure } from '../planner/texts.ts';

const ENDPOINT = 'ssh://root@provider';
const KEY = { at: 'ssh provider:22', type: 'ssh-ed25519', fingerprint: 'SHA256:one' };

let closed = 0;
const provider: OpenProvider = {
  options: { configuration: { directory: '/arrays' }, session: { type: 'none', close: async () => {} } },
  hostKeys: () => [KEY],
  close: async () => void closed++,
};

const opened: DeviceSpec[] = [];
function scan(estate: Estate, open: () => Promise<OpenProvider> = async () => provider, endpoint = ENDPOINT) {
  const { engine, ctx } = estate.call();
  const openProvider = async (spec: DeviceSpec) => {
    opened.push(spec);
    return open();
  };
  const call = { ctx, engine: { ...engine, devices: { ...engine.devices, openProvider } } };
  return deviceScan(call, { driver: 'simulator', endpoint, configuration: { directory: '/arrays' } });
}

const found = (name: string): FoundSystem => ({
  name,
  identity: { serialNumber: name, model: 'm', firmwareVersion: '1', nativeGuid: `ACME+${name}`, supported: true },
  configuration: { array: name },
});
const answers = (...pages: unknown[]) => {
  const list = vi.spyOn(simulator.scan!, 'listSystems');
  for (const page of pages) {
    if (page instanceof Error) list.mockRejectedValueOnce(page);
    else list.mockResolvedValueOnce(page as ScanPage);
  }
  return list;
};
const names = ({ systems }: Awaited<ReturnType<typeof scan>>) => systems.map(({ name }) => name);

async function refused(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return `${error.diagnostics[0]!.code} ${error.diagnostics[0]!.summary}`;
}

afterEach(() => {
  vi.restoreAllMocks();
  opened.length = 0;
  closed = 0;
});

describe('the way to a provider', () => {
  it('is trusted by the host key that was pinned for a system behind the same endpoint, and by no other', async () => {
    const estate = await createEstate();
    await estate.applied(infrastructure());
    const recorded = await estate.record('storageSystem', 'array-1');
    const { record } = recorded;
    const identity = { ...record.status.identity!, hostKeys: [KEY] };
    const spec = { ...record.spec, endpoint: ENDPOINT };
    await estate.put({ ...record, spec, status: { ...record.status, identity } }, recorded);
    answers({ systems: [], complete: true }, { systems: [], complete: true });
    expect((await scan(estate)).hostKeys).toEqual([KEY]);
    await scan(estate, undefined, 'ssh://root@other');
    expect(opened.map(({ hostKeys }) => hostKeys)).toEqual([[KEY], []]);
  });

  it('that is not open is said with what to do', async () => {
    const shut = new DriverError({ class: 'auth', message: 'the key was not taken', hint: 'give another' });
    expect(await refused(scan(await createEstate(), () => Promise.reject(shut)))).toBe(
      `COPRHD-DEVICE-002 simulator at ${ENDPOINT} could not be scanned: the key was not taken`,
    );
  });
});

describe('a driver', () => {
  it('is read page by page, and the connection is closed', async () => {
    const list = answers(
      { systems: [found('b')], next: 'b', complete: true },
      { systems: [found('a')], complete: true },
    );
    const result = await scan(await createEstate());
    expect([result.outcome, names(result), closed]).toEqual(['ok', ['a', 'b'], 1]);
    expect(list.mock.calls.map(([, , page]) => page)).toEqual([undefined, 'b']);
  });

  it('that fails after the first page has not shown all', async () => {
    const lost = new DriverError({ class: 'transient', message: 'the connection is gone' });
    answers({ systems: [found('a')], next: 'a', complete: true }, lost);
    const result = await scan(await createEstate());
    expect([result.outcome, result.complete, names(result), closed]).toEqual(['error', false, ['a'], 1]);
    expect(result.diagnostics[0]!.summary).toContain('the connection is gone');
  });

  it.each([
    [
      'goes in circles',
      [
        { systems: [found('a')], next: 'x', complete: true },
        { systems: [], next: 'x', complete: true },
      ],
    ],
    ['lists a system twice', [{ systems: [found('a'), found('a')], complete: true }]],
    ['leaves some out without a reason', [{ systems: [found('a')], complete: false }]],
  ])('that %s has not shown all', async (_, pages) => {
    answers(...pages);
    const result = await scan(await createEstate());
    expect([result.outcome, result.complete, names(result)]).toEqual(['error', false, ['a']]);
    expect(result.diagnostics).toHaveLength(1);
  });

  it.each([
    ['no list', { complete: true }],
    [
      'a part that redirects the rest',
      { systems: [{ ...found('a'), configuration: { array: 'a', directory: '/x' } }], complete: true },
    ],
    ['a part that names none', { systems: [{ ...found('a'), configuration: {} }], complete: true }],
    ['an identity without a serial number', { systems: [{ ...found('a'), identity: { model: 'm' } }], complete: true }],
  ])('that gives %s is refused', async (_, page) => {
    answers(page);
    expect(await refused(scan(await createEstate()))).toContain('COPRHD-DEVICE-002');
    expect(closed).toBe(1);
  });

  it('that breaks is a bug, and no finding', async () => {
    answers(new TypeError('x is undefined'));
    await expect(scan(await createEstate())).rejects.toThrow(TypeError);
  });
});
