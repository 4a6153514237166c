/** Every route of CoprHD's API that is there, by its services. */
import { Refusal } from '../refusal.ts';
import { ACL_ROUTES } from './acls.ts';
import { ADMINISTRATION_ROUTES } from './administration.ts';
import { CAPACITY_ROUTES } from './capacities.ts';
import { COMPUTE_ROUTES } from './compute.ts';
import { COMPUTE_KEEPING_ROUTES } from './compute-keeping.ts';
import { CONTINUOUS_COPY_ROUTES } from './continuous-copies.ts';
import { DETACHING_ROUTES } from './detaching.ts';
import { EXPORT_ROUTES } from './exports.ts';
import { FULL_COPY_ROUTES } from './full-copies.ts';
import { GROUP_COPY_ROUTES } from './group-copies.ts';
import { GROUP_ROUTES } from './groups.ts';
import { INGESTING_ROUTES } from './ingesting.ts';
import { IP_INTERFACE_ROUTES } from './ip-interfaces.ts';
import { MATCHING_ROUTES } from './matching.ts';
import { MIGRATION_ROUTES } from './migrations.ts';
import { MOVING_ROUTES } from './moving.ts';
import { NETWORK_SYSTEM_ROUTES } from './network-systems.ts';
import { OFFERED_ROUTES } from './offered.ts';
import { PART_ROUTES } from './parts.ts';
import { PATH_ADJUSTING_ROUTES } from './path-adjusting.ts';
import { QUOTA_ROUTES } from './quotas.ts';
import { type Route, route } from './route.ts';
import { SECURITY_ROUTES } from './security.ts';
import { SNAPSHOT_SESSION_ROUTES } from './snapshot-sessions.ts';
import { SNAPSHOT_ROUTES } from './snapshots.ts';
import { STORAGE_SYSTEM_ROUTES } from './storage-systems.ts';
import { TAG_ROUTES } from './tags.ts';
import { TASK_ROUTES } from './tasks.ts';
import { TENANT_ROUTES } from './tenants.ts';
import { UNMANAGED_ROUTES } from './unmanaged.ts';
import { VDC_ROUTES } from './vdc.ts';
import { VOLUME_ROUTES } from './volumes.ts';
import { WORKFLOW_ROUTES } from './workflows.ts';

const SYSTEM_ROUTES: readonly Route[] = [
  // Clients ask it at login, and go on when they may not know.
  route({
    method: 'GET',
    path: '/upgrade/target-version',
    right: 'read',
    run: async () => {
      throw new Refusal('forbidden', 'upgrades are not made through this interface');
    },
  }),
];

export const COPRHD_ROUTES: readonly Route[] = [
  ...TENANT_ROUTES,
  ...VDC_ROUTES,
  ...CAPACITY_ROUTES,
  ...MATCHING_ROUTES,
  ...OFFERED_ROUTES,
  ...QUOTA_ROUTES,
  ...ACL_ROUTES,
  ...ADMINISTRATION_ROUTES,
  ...STORAGE_SYSTEM_ROUTES,
  ...PART_ROUTES,
  ...NETWORK_SYSTEM_ROUTES,
  ...COMPUTE_ROUTES,
  ...COMPUTE_KEEPING_ROUTES,
  ...DETACHING_ROUTES,
  ...IP_INTERFACE_ROUTES,
  ...UNMANAGED_ROUTES,
  ...INGESTING_ROUTES,
  ...MOVING_ROUTES,
  ...MIGRATION_ROUTES,
  ...VOLUME_ROUTES,
  ...SNAPSHOT_ROUTES,
  ...SNAPSHOT_SESSION_ROUTES,
  ...FULL_COPY_ROUTES,
  ...CONTINUOUS_COPY_ROUTES,
  ...EXPORT_ROUTES,
  ...PATH_ADJUSTING_ROUTES,
  ...GROUP_ROUTES,
  ...GROUP_COPY_ROUTES,
  ...TAG_ROUTES,
  ...TASK_ROUTES,
  ...WORKFLOW_ROUTES,
  ...SECURITY_ROUTES,
  ...SYSTEM_ROUTES,
];
