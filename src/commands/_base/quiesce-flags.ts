/** Flags of what is taken with the applications of hosts at rest. */
import * as Flags from '@oclif/core/flags';

export const quiesceFlags = {
  quiesce: Flags.boolean({ summary: 'Take it with the applications of its hosts at rest, or not at all.' }),
  'quiesce-try': Flags.boolean({
    summary: 'As --quiesce; where a host can not be brought to rest it is crash-consistent, and says so.',
    exclusive: ['quiesce'],
  }),
};

export function quiesceOf(flags: { readonly quiesce: boolean; readonly 'quiesce-try': boolean }): {
  readonly quiesce?: true | 'try';
} {
  if (flags.quiesce) return { quiesce: true };
  return flags['quiesce-try'] ? { quiesce: 'try' } : {};
}
