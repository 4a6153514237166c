/** Where the state is, as people write it. */
import { describe, expect, it } from 'vitest';
import { isDirectory, parseStateLocation } from '../../../src/engine/state/location.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';

function refusal(text: string, env = {}): { summary: string; fix: string; outcome: string } {
  try {
    parseStateLocation(text, env);
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const [{ code, summary, fix = '' }] = error.diagnostics as [(typeof error.diagnostics)[0]];
    expect(code).toBe('COPRHD-STATE-009');
    return { summary, fix, outcome: error.outcome };
  }
  throw new Error(`${text} was taken`);
}

describe('a directory', () => {
  it.each(['.coprhd', '/var/lib/coprhd', 'etcd', 'a:b', './etcd:/x', 'C:\\state', '//host/x'])('%s', (text) => {
    expect(parseStateLocation(text)).toEqual({ type: 'directory', directory: text, text });
    expect(isDirectory(text)).toBe(true);
  });
});

describe('an etcd cluster', () => {
  it('has members, a port each, and a prefix, with defaults', () => {
    expect(parseStateLocation('etcd://a')).toEqual({
      type: 'etcd',
      endpoints: ['a:2379'],
      prefix: '/coprhd/',
      text: 'etcd://a:2379/coprhd',
    });
    expect(parseStateLocation('etcd://a:1,b.example.com,127.0.0.1:3,[::1]:4/team/lab-1/')).toEqual({
      type: 'etcd',
      endpoints: ['a:1', 'b.example.com:2379', '127.0.0.1:3', '[::1]:4'],
      prefix: '/team/lab-1/',
      text: 'etcd://a:1,b.example.com:2379,127.0.0.1:3,[::1]:4/team/lab-1',
    });
    expect(isDirectory('etcd://a')).toBe(false);
  });

  it('is TLS when it says so or names a file, also by the environment', () => {
    const tls = (text: string, env = {}) => {
      const location = parseStateLocation(text, env);
      return location.type === 'etcd' ? location.tls : undefined;
    };
    expect(tls('etcd://a')).toBeUndefined();
    expect(tls('etcds://a')).toEqual({});
    expect(tls('etcd://a/p?ca=c.pem')).toEqual({ ca: 'c.pem' });
    expect(tls('etcd://a?ca=/x/ca&cert=/x/c&key=/x/k%20y')).toEqual({ ca: '/x/ca', cert: '/x/c', key: '/x/k y' });
    const env = { COPRHD_STATE_CA: '/e/ca', COPRHD_STATE_CERT: '/e/c', COPRHD_STATE_KEY: '/e/k' };
    expect(tls('etcd://a', env)).toEqual({ ca: '/e/ca', cert: '/e/c', key: '/e/k' });
    expect(tls('etcd://a?ca=mine', env)).toEqual({ ca: 'mine', cert: '/e/c', key: '/e/k' });
    expect(tls('etcd://a', { COPRHD_STATE_CA: '' })).toBeUndefined();
    expect(parseStateLocation('etcd://a?ca=c').text).toBe('etcds://a:2379/coprhd');
  });

  it.each([
    ['', /empty/, /name a directory/],
    ['http://a:2379/x', /http:\/\/ is not a kind of state/, /etcd:\/\/a:2379/],
    ['etcd://', /"" is not HOST/, /write it like/],
    ['etcd://a,,b', /"" is not HOST/, /write it like/],
    ['etcd://a:0', /"a:0" is not HOST/, /write it like/],
    ['etcd://a:70000', /"a:70000" is not HOST/, /write it like/],
    ['etcd://a:x', /"a:x" is not HOST/, /write it like/],
    ['etcd://a b', /"a b" is not HOST/, /write it like/],
    ['etcd://root:secret@a', /user or password/, /certificate/],
    [`etcd://${'a,'.repeat(16)}a`, /names 17 members/, /name some/],
    ['etcd://a/x:y', /"x:y" can't be in a prefix/, /letters, digits/],
    ['etcd://a/ü', /can't be in a prefix/, /letters, digits/],
    [`etcd://a/${'x'.repeat(120)}`, /prefix has 122 bytes/, /shorter/],
    ['etcd://a?user=root', /no option "user"/, /ca, cert and key/],
    ['etcd://a?ca=1&ca=2', /ca more than once/, /one file/],
    ['etcd://a?ca=', /ca names no file/, /ca=FILE/],
    ['etcd://a?cert=c', /key is missing/, /COPRHD_STATE_KEY/],
    ['etcd://a?key=k', /cert is missing/, /COPRHD_STATE_CERT/],
  ])('refuses %j and says what to write', (text, summary, fix) => {
    const refused = refusal(text);
    expect(refused.outcome).toBe('usage');
    expect(refused.summary).toMatch(summary);
    expect(refused.fix).toMatch(fix);
    expect(`${refused.summary}${refused.fix}`).not.toContain('secret');
  });
});
