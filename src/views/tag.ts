/** Tags of what was tagged. Rows: `tag address urn` and its tags. */
import type { ResultOf } from '../engine/operations/types.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export const tagView: View<ResultOf<'resource.tag'>> = {
  human: ({ resources }, style) =>
    table(
      resources.map(({ address, tags }) => [address, tags.length === 0 ? 'no tags' : tags.join(', ')]),
      { width: style.width },
    ),
  plain: ({ resources }) => resources.map(({ address, urn, tags }) => ['tag', address, urn, ...tags]),
};
