/** coprhd doctor: is everything as it should be, and a bundle for support. */
import * as Flags from '@oclif/core/flags';
import type { ResultOf } from '../engine/operations/types.ts';
import { OperationError, type OperationOutcome } from '../lib/diagnostic.ts';
import { doctorView } from '../views/doctor.ts';
import { EngineCommand } from './_base/command.ts';

export default class Doctor extends EngineCommand<typeof Doctor> {
  static override summary = 'Check the installation: state, devices, work left open, this machine.';
  static override description =
    'Changes nothing. Exit code 1 when a check fails; warnings end with 0. A bundle is a .tar.gz with what helps support: the checks, lists of records and devices, open work and the newest log entries. It holds no secrets, but names and addresses: look into it before you give it away.';
  static override examples = [
    { description: 'Is everything right?', command: '<%= config.bin %> doctor' },
    { description: 'For support', command: '<%= config.bin %> doctor --bundle support.tar.gz' },
  ];
  static override flags = {
    bundle: Flags.string({ summary: 'Also write a bundle for support.', helpValue: 'FILE' }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { bundle, state } = this.flags;
    const { machineChecks } = await import('./_base/machine-checks.ts');
    const machine = { ...this.cli.context.machine, env: this.cli.context.env };
    const here = await machineChecks(machine, state);
    const { files, ...engine } = await this.cli.call('doctor', { bundle: bundle !== undefined }).catch(withoutState);
    const checks = [...here, ...engine.checks];
    const result = {
      ...engine,
      outcome: checks.some(({ level }) => level === 'fail') ? ('error' as const) : engine.outcome,
      checks,
    };
    if (bundle === undefined) return this.cli.finish(result, doctorView);
    const { writeBundle } = await import('./_base/bundle.ts');
    const { clock, env } = this.cli.context;
    await writeBundle(bundle, {
      checks,
      machine,
      env,
      files: files ?? {},
      version: this.config.version,
      nowMs: clock.nowMs(),
    });
    return this.cli.finish({ ...result, bundle }, doctorView);
  }
}

/** The checks of this machine matter most when the state can't be opened. */
function withoutState(error: unknown): ResultOf<'doctor'> {
  if (!(error instanceof OperationError) || error.outcome === 'usage') throw error;
  const checks = error.diagnostics.map(({ summary, fix }) => ({
    name: 'state',
    level: 'fail' as const,
    what: summary,
    ...(fix === undefined ? {} : { fix }),
  }));
  return { outcome: 'error', diagnostics: [], checks };
}
