/**
 * One request and its answer. The line between "certainly not done" and "not known" is where undici begins to write on
 * a connection: it says so just before, and a request that is given up by then is never written.
 */
import type { Dispatcher } from 'undici';
import type { Clock } from '../../../lib/clock.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { DriverError } from '../errors.ts';
import type { RestHeaders, RestRequest, RestResponse } from '../session.ts';

/** For messages: without the query, which may hold a secret. */
export const describeRequest = ({ method, path }: RestRequest): string => `${method} ${path.split(/[?#]/, 1)[0]}`;

export const changesNothing = ({ method }: RestRequest): boolean => method === 'GET' || method === 'HEAD';

export function exchange(
  dispatcher: Dispatcher,
  clock: Clock,
  request: RestRequest,
  headers: RestHeaders,
): Promise<RestResponse> {
  const { method, path, body, deadlineMs, signal } = request;
  const what = describeRequest(request);
  return new Promise((resolve, reject) => {
    const timer = new AbortController();
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let answered: RestResponse['headers'] = {};
    let sent = false;
    let settled = false;
    let controller: Dispatcher.DispatchController | undefined;

    const settle = (end: () => void) => {
      if (settled) return;
      settled = true;
      timer.abort();
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    const give = (error: DriverError) => {
      settle(() => reject(error));
      controller?.abort(error);
    };
    const giveUp = (why: string) => {
      if (!sent) return give(new DriverError({ class: 'transient', message: `${what}: ${why}; nothing was sent` }));
      give(new DriverError({ class: changesNothing(request) ? 'transient' : 'ambiguous', message: `${what}: ${why}` }));
    };
    const onAbort = () => giveUp('interrupted');

    signal?.addEventListener('abort', onAbort, { once: true });
    clock.sleep(Math.max(0, deadlineMs - clock.nowMs()), timer.signal).then(
      () => giveUp('no answer in time'),
      () => {},
    );
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (started) => {
        controller = started;
        // Given up while it waited for a connection; or about to be sent a second time, which is the caller's business.
        if (settled) return started.abort(new Error('given up'));
        if (sent) return giveUp('the connection was cut');
        if (clock.nowMs() >= deadlineMs) return giveUp('no time left');
        sent = true;
      },
      onResponseStart: (_controller, statusCode, fields) => {
        status = statusCode;
        answered = fields as RestResponse['headers'];
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length;
        if (bytes > LIMITS.restResponseBytesMax) give(tooMuch(request));
        else chunks.push(chunk);
      },
      onResponseEnd: () =>
        settle(() => resolve({ status, headers: answered, body: Buffer.concat(chunks).toString('utf8') })),
      onResponseError: (_controller, error) => {
        if (error instanceof DriverError) return give(error);
        const { code = 'unknown' } = error as NodeJS.ErrnoException;
        // Errors of undici may hold what was sent or came: only their codes are passed on.
        if (code === 'UND_ERR_INVALID_ARG') give(new DriverError({ class: 'invalid', message: `${what} is not HTTP` }));
        else if (code === 'UND_ERR_DESTROYED') giveUp('the session was closed');
        else giveUp(`the connection was cut (${code})`);
      },
    };
    dispatcher.dispatch({ method, path, headers: { ...headers }, body: body ?? null }, handler);
  });
}

function tooMuch(request: RestRequest): DriverError {
  return new DriverError({
    class: changesNothing(request) ? 'unsupported' : 'ambiguous',
    message: `${describeRequest(request)}: the answer is longer than ${LIMITS.restResponseBytesMax} bytes`,
    hint: 'ask the device for less at once',
  });
}
