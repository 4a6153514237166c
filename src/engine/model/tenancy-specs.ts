/** What is recorded of whose a tenant is, and of who may what in a project. */
import { z } from 'zod';

/** Whose home a tenant is: users of the domain that are in one of the groups and have the attributes; all where none are named. */
export const userMappings = z.array(
  z.object({
    domain: z.string(),
    groups: z.array(z.string()).optional(),
    attributes: z.record(z.string(), z.array(z.string())).optional(),
  }),
);
export interface UserMapping {
  readonly domain: string;
  readonly groups?: readonly string[];
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}

export const PROJECT_PRIVILEGES = ['OWN', 'ALL', 'BACKUP'] as const;
export type ProjectPrivilege = (typeof PROJECT_PRIVILEGES)[number];
const privilege = z.enum(PROJECT_PRIVILEGES);
/** Who may what in a project: OWN also its ACL, ALL whatever is in it, BACKUP to see it, and its snapshots. */
export const projectAcl = z.array(
  z.union([z.object({ user: z.string(), privilege }), z.object({ group: z.string(), privilege })]),
);
export type ProjectAcl = readonly (
  | { readonly user: string; readonly privilege: ProjectPrivilege }
  | { readonly group: string; readonly privilege: ProjectPrivilege }
)[];
