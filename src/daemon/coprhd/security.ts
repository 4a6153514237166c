/** Passwords of local users as an administrator sets them, and addresses that are locked out. */
import { z } from 'zod';
import { Refusal } from '../refusal.ts';
import { text } from '../wire/leaves.ts';
import { type Route, route } from './route.ts';

export const SECURITY_ROUTES: readonly Route[] = [
  route({
    method: 'PUT',
    path: '/password/reset',
    right: 'administer',
    noProxy: true,
    body: z.strictObject({ username: text, password: text }),
    run: async ({ engine, body: { username: name, password } }) => {
      await engine.call('user.password', { name, password });
      return { root: 'result', body: {} };
    },
  }),
  route({
    method: 'POST',
    path: '/password/validate',
    right: 'administer',
    body: z.strictObject({ password: text }),
    run: async ({ engine, principal, body: { password } }) => {
      await engine.call('user.password', { name: principal.user, password, onlyCheck: true });
      return { root: 'result', body: {} };
    },
  }),
  route({
    method: 'GET',
    path: '/config/login-failed-ips',
    right: 'administer',
    run: async ({ engine }) => {
      const { addresses } = await engine.call('user.lockouts', {});
      return { root: 'login_failed_ips', body: { login_failed_ip: addresses.map((ip) => ({ ip })) } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/config/login-failed-ips/:ip',
    right: 'administer',
    run: async ({ engine, params }) => {
      const { unlocked } = await engine.call('user.unlock', { address: params.ip! });
      if (!unlocked) throw new Refusal('notFound', `nothing wrong is known of ${params.ip}`);
      return { root: 'result', body: {} };
    },
  }),
];
