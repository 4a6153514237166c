/** The storage system takes one volume more, of all and of the project, where there are limits on their numbers. */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const systemVolumeCountFilter: Filter = {
  name: 'system-volume-count',
  readsPromised: true,
  ofSystem: true,
  check: ({ role, candidate: { systemVolumesLeft, projectVolumesLeft }, placed }) => {
    if (systemVolumesLeft !== undefined && systemVolumesLeft - placed.onSystem < 1) {
      return mismatch('volumes on the storage system', '1 more', '0 more allowed');
    }
    const ofProject = role.project === undefined ? undefined : projectVolumesLeft?.[role.project];
    if (ofProject !== undefined && ofProject - placed.ofProject < 1) {
      return mismatch('volumes of the project on the storage system', '1 more', '0 more allowed');
    }
    return undefined;
  },
};
