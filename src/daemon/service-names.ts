/** CoprHD's services, each of which owns some of the paths; a daemon serves all of them, or those that it is told to. */

import type { ServiceName } from '../engine/operations/daemon-types.ts';

export { SERVICE_NAMES, type ServiceName } from '../engine/operations/daemon-types.ts';

/** What begins so is of the service; the first that fits holds, and `api` has the rest. */
const PREFIXES: readonly (readonly [RegExp, ServiceName])[] = [
  [/^\/user\/preferences(\/|$)/, 'api'],
  [
    /^\/(login|logout|formlogin|proxytoken|change-password|validate-password-change|formChangePassword|user)(\/|$)/i,
    'auth',
  ],
  [/^\/config\/controller(\/|$)/i, 'api'],
  [
    /^\/(config|control|monitor|logs|diagutil|upgrade|backupset|license|password|callhome|ipsec|cli|storagedriver|sdk)(\/|$)/i,
    'sys',
  ],
];

export const serviceOf = (path: string): ServiceName => PREFIXES.find(([prefix]) => prefix.test(path))?.[1] ?? 'api';
