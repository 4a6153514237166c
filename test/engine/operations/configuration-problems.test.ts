import { expect, it } from 'vitest';
import { z } from 'zod';
import { configurationProblems } from '../../../src/engine/operations/device-configuration.ts';

const schema = z.strictObject({
  socket: z.string(),
  port: z.int().min(1),
  pools: z.record(z.string(), z.string()),
  style: z.enum(['plain', 'fancy']),
});

it('complaints of a driver about its configuration are in words for people', () => {
  const given = { port: 0, pools: 'fast', style: 'odd', sokcet: 'x' };
  const { error } = schema.safeParse(given);
  const said = configurationProblems('tgt-1', error!.issues).map(({ summary }) => summary.replace(/^.*tgt-1: /, ''));
  expect(said).toEqual([
    'socket: it is missing (a text)',
    'port: it must be >=1',
    'pools: it must be a map, not a text',
    'style: it must be one of "plain", "fancy"',
    '"sokcet": there is no such setting',
  ]);
});
