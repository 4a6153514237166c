/** The part of the one door (types.ts) that is about who comes in: local users, passwords, tokens. */
import { z } from 'zod';
import { ROOT_TENANT_URN, type Urn } from '../model/urn.ts';
import type { TenantRole, VdcRole } from '../tenancy/local-users.ts';
import type { Report } from './types.ts';

export interface Principal {
  readonly user: string;
  readonly roles: readonly VdcRole[];
  /** In the home tenant. */
  readonly tenantRoles: readonly TenantRole[];
  /** Home of who comes from a directory; absent = a local user, whose home is the root tenant. */
  readonly tenant?: Urn;
  /** Of the directory. */
  readonly groups?: readonly string[];
}

export const homeOf = ({ tenant = ROOT_TENANT_URN }: Principal): Urn => tenant;

export interface ListedUser {
  readonly name: string;
  readonly roles: readonly string[];
  /** False: nobody can log in as that user until a password is set. */
  readonly hasPassword: boolean;
  readonly changedAtMs: number;
  readonly tokens: number;
}

export interface LoginOperations {
  /** Makes the local users where there are none. `rootPassword`: made just now, and told only here. */
  'user.initialise': { input: Record<string, never>; result: Report & { rootPassword?: string } };
  'user.list': { input: Record<string, never>; result: Report & { users: readonly ListedUser[] } };
  /** Ends all logins of that user. With `old`, as the user; without, as an administrator. */
  'user.password': {
    input: { name: string; password: string; old?: string | undefined };
    result: Report & { name: string };
  };
  /** `address`: of the client; after too many wrong passwords from one nothing is looked at for some time. */
  'user.login': {
    input: { name: string; password: string; address: string };
    result: Report & { token: string; principal: Principal };
  };
  'user.check': { input: { token: string }; result: Report & { principal: Principal } };
  /** `everywhere`: all tokens of the same user. */
  'user.logout': { input: { token: string; everywhere: boolean }; result: Report };
}

const name = z.string().min(1).max(128);
const password = z.string().max(4_096);
const token = z.string().max(1_024);

export const LOGIN_INPUTS = {
  'user.initialise': { right: 'administer', schema: z.strictObject({}) },
  'user.list': { right: 'administer', schema: z.strictObject({}) },
  'user.password': { right: 'administer', schema: z.strictObject({ name, password, old: password.optional() }) },
  'user.login': { right: 'read', schema: z.strictObject({ name, password, address: z.string().max(256) }) },
  'user.check': { right: 'read', schema: z.strictObject({ token }) },
  'user.logout': { right: 'read', schema: z.strictObject({ token, everywhere: z.boolean() }) },
} as const;
