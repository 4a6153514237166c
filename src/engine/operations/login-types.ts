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
  /** Who asks in this user's name, with his proxy token. */
  readonly proxiedBy?: string;
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
  /**
   * Ends all logins of that user. With `old`, as the user, whose wrong ones count as `user.login` counts them; without, as an
   * administrator. `onlyCheck`: says whether it would be taken, and changes nothing.
   */
  'user.password': {
    input: {
      name: string;
      password: string;
      old?: string | undefined;
      address?: string | undefined;
      onlyCheck?: boolean | undefined;
    };
    result: Report & { name: string };
  };
  /** `address`: of the client; after too many wrong passwords from one nothing is looked at for some time. */
  'user.login': {
    input: { name: string; password: string; address: string };
    result: Report & { token: string; principal: Principal };
  };
  /** `proxy`: a proxy token, in whose user's name a user with PROXY_USER asks; then the principal is that user. */
  'user.check': {
    input: { token: string; proxy?: string | undefined };
    result: Report & { principal: Principal };
  };
  /** A token for others to ask in this user's name. It lives long, and is nothing without theirs. */
  'user.proxy-token': { input: { token: string }; result: Report & { token: string } };
  /** `everywhere`: all tokens of the same user; with `proxies` also those for others. */
  'user.logout': { input: { token: string; everywhere: boolean; proxies?: boolean | undefined }; result: Report };
  /** Ends all logins of that user, with `proxies` also his proxy tokens. */
  'user.logout-other': { input: { name: string; proxies?: boolean | undefined }; result: Report & { ended: number } };
  /** Addresses from which too many wrong passwords came to this process. */
  'user.lockouts': { input: Record<string, never>; result: Report & { addresses: readonly string[] } };
  /** False: that address was not locked out. */
  'user.unlock': { input: { address: string }; result: Report & { unlocked: boolean } };
}

const name = z.string().min(1).max(128);
const password = z.string().max(4_096);
const token = z.string().max(1_024);
const address = z.string().max(256);

export const LOGIN_INPUTS = {
  'user.initialise': { right: 'administer', schema: z.strictObject({}) },
  'user.list': { right: 'administer', schema: z.strictObject({}) },
  'user.password': {
    right: 'administer',
    schema: z.strictObject({
      name,
      password,
      old: password.optional(),
      address: address.optional(),
      onlyCheck: z.boolean().optional(),
    }),
  },
  'user.login': { right: 'read', schema: z.strictObject({ name, password, address }) },
  'user.check': { right: 'read', schema: z.strictObject({ token, proxy: token.optional() }) },
  'user.proxy-token': { right: 'read', schema: z.strictObject({ token }) },
  'user.logout': {
    right: 'read',
    schema: z.strictObject({ token, everywhere: z.boolean(), proxies: z.boolean().optional() }),
  },
  'user.logout-other': { right: 'administer', schema: z.strictObject({ name, proxies: z.boolean().optional() }) },
  'user.lockouts': { right: 'administer', schema: z.strictObject({}) },
  'user.unlock': { right: 'administer', schema: z.strictObject({ address }) },
} as const;
