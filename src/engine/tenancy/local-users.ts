/** The users that an installation has by itself, and what they may. Everybody else comes from a directory. Pure. */
import { foldName } from '../model/address.ts';

/** CoprHD's roles of the whole installation. */
export type VdcRole = 'SYSTEM_ADMIN' | 'SYSTEM_MONITOR' | 'SYSTEM_AUDITOR' | 'SECURITY_ADMIN' | 'PROXY_USER';

export type TenantRole = 'TENANT_ADMIN' | 'PROJECT_ADMIN' | 'TENANT_APPROVER';

export interface LocalUser {
  readonly name: string;
  readonly roles: readonly VdcRole[];
  /** In the root tenant. */
  readonly tenantRoles: readonly TenantRole[];
}

export const LOCAL_USERS: readonly LocalUser[] = [
  {
    name: 'root',
    roles: ['SYSTEM_ADMIN', 'SYSTEM_MONITOR', 'SYSTEM_AUDITOR', 'SECURITY_ADMIN'],
    tenantRoles: ['TENANT_ADMIN'],
  },
  { name: 'sysmonitor', roles: ['SYSTEM_MONITOR'], tenantRoles: [] },
  { name: 'svcuser', roles: ['SYSTEM_MONITOR'], tenantRoles: [] },
  { name: 'proxyuser', roles: ['PROXY_USER'], tenantRoles: [] },
];

export const localUser = (name: string): LocalUser | undefined =>
  LOCAL_USERS.find((user) => user.name === foldName(name));
