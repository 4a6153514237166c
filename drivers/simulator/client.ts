/**
 * The driver's side of the wire: BlockArray over a transport that carries requests to a simulated array and answers
 * back. Deadlines are kept here and in the transport; nothing else is decided here.
 */
import { type BlockArray, type CallContext, DriverError, type DriverErrorClass } from 'coprhd/driver';
import type { Operations, Request, Response } from './messages.ts';
import { DRIVER_OPERATIONS, type DriverOperationName } from './requests.ts';

/** What a transport may use of the caller's context. */
export type TransportContext = Pick<CallContext, 'nowMs' | 'deadlineMs' | 'signal'>;

export interface Transport {
  /** Throws DriverError when there is no answer in time: `busy` before the effect, `lateClass` after it. */
  call(request: Request, ctx: TransportContext, lateClass: DriverErrorClass): Promise<Response>;
}

const lateClassOf = (operation: DriverOperationName): DriverErrorClass =>
  DRIVER_OPERATIONS[operation].changes ? 'ambiguous' : 'transient';

/** Waits `delayMs` of an answer that is under way, or as long as the caller does. */
export async function awaitAnswer(
  delayMs: number,
  ctx: TransportContext,
  lateClass: DriverErrorClass,
  sleep: (durationMs: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (delayMs <= 0) return;
  const remainingMs = ctx.deadlineMs - ctx.nowMs();
  try {
    await sleep(Math.max(0, Math.min(delayMs, remainingMs)), ctx.signal);
  } catch (cause) {
    throw new DriverError({ class: lateClass, message: 'interrupted before the answer came' }, cause);
  }
  if (delayMs > remainingMs) throw new DriverError({ class: lateClass, message: 'no answer before the deadline' });
}

/** Why a call can't even start; undefined when it can. */
export function whyNotSent(closed: boolean, ctx: TransportContext): string | undefined {
  if (closed) return 'the session is closed';
  if (ctx.signal.aborted) return 'interrupted';
  return ctx.nowMs() >= ctx.deadlineMs ? 'no time left' : undefined;
}

export function createSimulatedArray(transport: Transport): BlockArray {
  let closed = false;
  async function call<K extends DriverOperationName>(
    ctx: CallContext,
    operation: K,
    args: Operations[K]['args'],
  ): Promise<Operations[K]['value']> {
    const stop = whyNotSent(closed, ctx);
    if (stop) throw new DriverError({ class: 'transient', message: `${operation} was not sent: ${stop}` });
    const request = { operation, args, nowMs: ctx.nowMs() } as Request<K>;
    const answer = (await transport.call(request as Request, ctx, lateClassOf(operation))) as Response<K>;
    ctx.log.debug(operation, { ok: answer.ok });
    if (!answer.ok) throw new DriverError(answer.error);
    return answer.value;
  }
  const paged = (page: string | undefined) => (page === undefined ? {} : { page });
  return {
    identify: (ctx) => call(ctx, 'identify', {}),
    listPools: (ctx, page) => call(ctx, 'listPools', paged(page)),
    listPorts: (ctx, page) => call(ctx, 'listPorts', paged(page)),
    listVolumes: (ctx, page) => call(ctx, 'listVolumes', paged(page)),
    listMasks: (ctx, page) => call(ctx, 'listMasks', paged(page)),
    readVolume: (ctx, nativeId) => call(ctx, 'readVolume', { nativeId }),
    findVolume: (ctx, name) => call(ctx, 'findVolume', { name }),
    readMask: (ctx, nativeId) => call(ctx, 'readMask', { nativeId }),
    findMask: (ctx, name) => call(ctx, 'findMask', { name }),
    ensureVolume: (ctx, args) => call(ctx, 'ensureVolume', args),
    deleteVolume: (ctx, expect) => call(ctx, 'deleteVolume', { expect }),
    renameVolume: (ctx, expect, args) => call(ctx, 'renameVolume', { ...args, expect }),
    markVolume: (ctx, expect) => call(ctx, 'markVolume', { expect }),
    unmarkVolume: (ctx, expect) => call(ctx, 'unmarkVolume', { expect }),
    markMask: (ctx, expect) => call(ctx, 'markMask', { expect }),
    unmarkMask: (ctx, expect) => call(ctx, 'unmarkMask', { expect }),
    ensureMask: (ctx, args) => call(ctx, 'ensureMask', args),
    deleteMask: (ctx, expect) => call(ctx, 'deleteMask', { expect }),
    ensureMapping: (ctx, mask, args) => call(ctx, 'ensureMapping', { ...args, mask }),
    removeMapping: (ctx, mask, args) => call(ctx, 'removeMapping', { ...args, mask }),
    expand: {
      expandVolume: (ctx, expect, args) => call(ctx, 'expandVolume', { ...args, expect }),
    },
    zeroing: {
      startZeroing: (ctx, expect) => call(ctx, 'startZeroing', { expect }),
      pollZeroing: (ctx, expect, handle) => call(ctx, 'pollZeroing', { expect, handle }),
      cancelZeroing: (ctx, expect, handle) => call(ctx, 'cancelZeroing', { expect, handle }),
    },
    copies: {
      ensureSnapshots: (ctx, args) => call(ctx, 'ensureSnapshots', args),
      snapshotJobs: {
        startSnapshots: (ctx, args) => call(ctx, 'startSnapshots', args),
        pollSnapshots: (ctx, args, handle) => call(ctx, 'pollSnapshots', { args, handle }),
        cancelSnapshots: (ctx, args) => call(ctx, 'cancelSnapshots', args),
      },
      startCopy: (ctx, args) => call(ctx, 'startCopy', args),
      pollCopy: (ctx, expect, handle) => call(ctx, 'pollCopy', { expect, handle }),
      cancelCopy: (ctx, expect, handle) => call(ctx, 'cancelCopy', { expect, handle }),
    },
    mirrors: {
      ensureMirror: (ctx, pair) => call(ctx, 'ensureMirror', pair),
      pollMirror: (ctx, expect, handle) => call(ctx, 'pollMirror', { expect, handle }),
      pauseMirrors: (ctx, pairs) => call(ctx, 'pauseMirrors', { pairs }),
      resumeMirror: (ctx, pair) => call(ctx, 'resumeMirror', pair),
      splitMirror: (ctx, pair) => call(ctx, 'splitMirror', pair),
    },
    metrics: { sampleMetrics: (ctx) => call(ctx, 'sampleMetrics', {}) },
    changes: {
      sections: ['volumes'],
      version: 1,
      changesSince: (ctx, token) => call(ctx, 'changesSince', token === undefined ? {} : { token }),
    },
    close: async () => {
      closed = true;
    },
  };
}
