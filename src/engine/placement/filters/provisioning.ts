/** The pool makes volumes that are provisioned so: thin or thick. */
import type { Filter } from '../filter.ts';
import { listed, mismatch } from './mismatch.ts';

export const provisioningFilter: Filter = {
  name: 'provisioning',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) =>
    attributes.provisioning.includes(role.provisioning)
      ? undefined
      : mismatch('provisioning', role.provisioning, listed(attributes.provisioning)),
};
