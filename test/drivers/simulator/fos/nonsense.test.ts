/** Whatever is typed or sent, the simulated switch answers; only its own bugs throw. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { continueLine, startLine } from '../../../../drivers/simulator/fos/cli/run.ts';
import { handleRest } from '../../../../drivers/simulator/fos/rest/handle.ts';
import { loggedIn } from '../../../../drivers/simulator/fos/rest/sessions.ts';
import { virtualState } from './estate.ts';
import { BASIC, context, NOW_MS } from './support.ts';

const RUNS = { numRuns: 2_000 };
const words = [
  ...[
    'cfgshow',
    'zoneshow',
    'alishow',
    'zonecreate',
    'zoneadd',
    'zoneremove',
    'zonedelete',
    'cfgadd',
    'cfgremove',
    'cfgsave',
  ],
  ...[
    'cfgenable',
    'cfgclear',
    'cfgdelete',
    'cfgtransabort',
    'alicreate',
    'zone',
    'defzone',
    'fosexec',
    'setcontext',
    'lscfg',
  ],
  ...[
    '--fid',
    '-cmd',
    '--peerzone',
    '-principal',
    '-members',
    '--create',
    '-f',
    '20',
    '128',
    'prod',
    'z1',
    'a1',
    'peer',
  ],
  ...[
    '"prod"',
    '"z1","a1"',
    '"z;x"',
    '1,4',
    '"',
    "'",
    '\\',
    '|',
    '&&',
    ';',
    'grep',
    'echo y',
    '[',
    '[z-a]',
    '*',
    '$(',
    '__proto__',
  ],
];
const line = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 8 })), { maxLength: 9 })
  .map((parts) => parts.join(' '));

test('lines, and answers to what they ask', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.constantFrom('y', 'n', ''), (lines, reply) => {
      let state = virtualState();
      for (const typed of lines) {
        const begun = startLine(state, typed, context());
        const done = begun.waiting ? continueLine(begun.state, begun.waiting.rest, reply, context()) : begun;
        expect(
          /^[\n\t -~]*$/.test(done.output.replaceAll(/[^\n\t -~]/g, (odd) => (typed.includes(odd) ? '' : odd))),
        ).toBe(true);
        state = done.state;
      }
    }),
    RUNS,
  );
});

const paths = [
  ...[
    'zoning',
    'brocade-zone',
    'brocade-name-server',
    'fibrechannel-name-server',
    'defined-configuration',
    'zone',
    'cfg',
    'alias',
  ],
  ...[
    'effective-configuration',
    'zone-name',
    'cfg-name',
    'cfg-action',
    'cfg-action-v2',
    '1',
    '4',
    'save',
    'prod',
    'z1',
    '%',
    '%00',
    '',
  ],
  ...['enabled-zone', 'checksum', 'default-zone-access', 'toString', '__proto__', 'constructor'],
];
const keys = [
  'zone',
  'cfg',
  'alias',
  'zone-name',
  'cfg-name',
  'alias-name',
  'member-entry',
  'entry-name',
  'checksum',
  'zone-type',
];
const body = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc
    .letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 1, 'z1', 'prod', 'a b'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('defined-configuration', 'effective-configuration', ...keys), tie('value'), {
          maxKeys: 4,
        }),
      ),
    }))
    .value.map((value) => JSON.stringify(value)),
);

test('requests', () => {
  const login = { method: 'POST', path: '/rest/login', authorization: BASIC, body: '' };
  const { state, authorization } = loggedIn(virtualState(), login);
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT'),
    path: fc.array(fc.constantFrom(...paths), { maxLength: 5 }).map((parts) => `/rest/running/${parts.join('/')}`),
    fid: fc.constantFrom('128', '20', '-1', 'x'),
    authorization: fc.constantFrom(authorization, authorization, authorization, BASIC, 'Basic %', ''),
    accept: fc.constantFrom('application/yang-data+json', '*/*'),
    body,
  });
  fc.assert(
    fc.property(request, (asked) => {
      const { answer } = handleRest(state, asked, { nowMs: NOW_MS });
      expect([200, 201, 204, 400, 401, 403, 404, 405, 409, 415]).toContain(answer.status);
      if (answer.body !== '' && asked.accept.includes('json')) JSON.parse(answer.body);
    }),
    RUNS,
  );
});
