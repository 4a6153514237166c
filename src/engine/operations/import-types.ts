/** Import by pattern: what is asked, and what is said. */
import { z } from 'zod';

const name = z.string().min(1).max(128);

export const importMatchInput = z
  .strictObject({
    what: z.enum(['volumes', 'hosts']),
    /** Wildcards as in addresses; a volume's name, native id or WWN, a mask's name or one of its initiators. */
    pattern: z.string().min(1).max(512),
    system: name,
    virtualArray: name,
    /** Volumes only. */
    project: name.optional(),
    virtualPool: name.optional(),
    stack: name.optional(),
    /** `{name}`, `{id}`, `{wwn}` and `{system}` stand for what the device says. Default `{name}`. */
    nameTemplate: z.string().min(1).max(256).optional(),
  })
  .refine(
    (input) => input.what === 'hosts' || (input.project !== undefined && input.virtualPool !== undefined),
    'volumes need a project and a virtual pool',
  );

export type ImportMatchInput = z.output<typeof importMatchInput>;

/** One resource of the text. */
export interface ImportDeclared {
  /** As in the file: `volume.legacy-01`. */
  readonly address: string;
  readonly nativeId: string;
  /** Name on the device. */
  readonly name: string;
  readonly sizeBytes?: number;
  readonly pool?: string;
  readonly initiators?: readonly string[];
  /** Of an export: names of what it shows. */
  readonly volumes?: readonly string[];
}

/** What matches and can't be taken over as asked. */
export interface ImportSkipped {
  readonly name: string;
  readonly nativeId: string;
  readonly why: string;
  readonly fix?: string;
}

export interface ImportMatchResult {
  readonly system?: string;
  readonly stack?: string;
  /** A plan file; absent when nothing can be taken over. */
  readonly yaml?: string;
  readonly declared: readonly ImportDeclared[];
  readonly skipped: readonly ImportSkipped[];
  /** How many that match are recorded already. */
  readonly recorded: number;
}
