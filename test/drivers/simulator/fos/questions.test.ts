/**
 * Questions of the commands that commit. Texts of FOS 7 and 8: published session logs (a Brocade 300 and others); a cancelled
 * save of FOS 9: as its users measured it on 9.2.2. When `-f` came: derived.
 */
import { describe, expect, test } from 'vitest';
import { continueLine, startLine } from '../../../../drivers/simulator/fos/cli/run.ts';
import type { FosState } from '../../../../drivers/simulator/fos/state/model.ts';
import { zonedState } from './estate.ts';
import { after, context } from './support.ts';

const asked = (state: FosState, line: string): string => startLine(state, line, context()).waiting!.ask;
const changed = (firmware: string) => after(zonedState({ firmware }), 'zonedelete "peer"');

function answered(state: FosState, line: string, reply: string) {
  const first = startLine(state, line, context());
  return continueLine(first.state, first.waiting!.rest, reply, context());
}

describe('cfgsave asks', () => {
  test('on FOS 7', () => {
    expect(asked(changed('v7.4.2'), 'cfgsave')).toBe(
      [
        'You are about to save the Defined zoning configuration. This',
        'action will only save the changes on Defined configuration.',
        'Any changes made on the Effective configuration will not',
        'take effect until it is re-enabled.',
        'Do you want to save Defined zoning configuration only?  (yes, y, no, n): [no] ',
      ].join('\n'),
    );
  });

  test('on FOS 8 and 9', () => {
    const question = asked(changed('v8.2.3c'), 'cfgsave');
    expect(question).toContain("zones, you must issue the 'cfgenable' command for the changes\nto take effect.\n");
    expect(question).toMatch(
      /\nDo you want to save the Defined zoning configuration only\? {2}\(yes, y, no, n\): \[no\] $/,
    );
    expect(asked(changed('v9.1.1b'), 'cfgsave')).toBe(question);
  });

  test('with a warning where defined and effective would differ', () => {
    const question = asked(after(zonedState(), 'zoneremove "z1","a1"'), 'cfgsave');
    expect(question).toMatch(
      /^WARNING!!!\nThe changes you are attempting to save will render the\nEffective configuration/,
    );
    expect(question).toMatch(
      /Do you want to proceed with saving the Defined\nzoning configuration only\? {2}\(yes, y, no, n\): \[no\] $/,
    );
  });
});

test.each([
  ['cfgenable "prod"', /Do you want to enable 'prod' configuration {2}\(yes, y, no, n\): \[no\] $/],
  ['cfgdisable', /Do you want to disable zoning configuration\? \(yes, y, no, n\): \[no\] $/],
  ['cfgclear', /Do you really want to clear all configurations\? {2}\(yes, y, no, n\): \[no\] $/],
  [
    'defzone --allaccess',
    /Do you want to set the Default Zone access mode to All Access \? \(yes, y, no, n\): \[no\] $/,
  ],
])('%s asks', (line, shape) => {
  expect(asked(zonedState(), line)).toMatch(shape);
});

describe('the answer', () => {
  test.each(['y', 'yes', 'Y', ' yes '])('%j does it', (reply) => {
    expect(answered(changed('v8.2.3c'), 'cfgsave', reply).output).toContain('Updating flash ...');
  });

  test.each(['', 'n', 'no', 'yep', 'ok'])('%j does not', (reply) => {
    const state = changed('v8.2.3c');
    const done = answered(state, 'cfgsave', reply);
    expect(done.output).toBe('Operation cancelled...\n');
    expect(done.state).toBe(state);
    expect(done.exitCode).toBe(0);
  });

  test('no is 248 on FOS 9', () => {
    const done = answered(changed('v9.1.1b'), 'cfgsave', 'n');
    expect([done.output, done.exitCode]).toEqual(['Operation canceled...\n', 248]);
  });

  test('can be piped in, also to a command that runs on another FID', () => {
    const done = startLine(changed('v8.2.3c'), 'echo "y" | cfgsave', context());
    expect(done.waiting).toBeUndefined();
    expect(done.output).toContain('only?  (yes, y, no, n): [no] \nsw0 Updating flash ...\n');
  });

  test('is spared by -f since FOS 7.4', () => {
    expect(startLine(changed('v8.2.3c'), 'cfgsave -f', context()).output).toContain('Updating flash ...');
    expect(startLine(changed('v7.4.0'), 'cfgenable -f "prod"', context()).output).toContain('is in effect');
    expect(startLine(changed('v7.3.1'), 'cfgsave -f', context()).waiting).toBeDefined();
  });
});

test('FOS 7 prints no lines of the log while it saves', () => {
  expect(answered(changed('v7.4.2'), 'cfgsave', 'y').output).toBe('Updating flash ...\n');
});

test('cfgenable of what is none asks nothing', () => {
  expect(startLine(zonedState(), 'cfgenable "none"', context()).output).toBe('error: "none" not found\n');
});
