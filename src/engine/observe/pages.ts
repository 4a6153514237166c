/** A collection of a device, read page by page to its end, or to what keeps it from being whole. */
import type { Page } from '../driver/contract.ts';

/** A device that has more pages than this, or goes in circles, is read no further. */
export const OBSERVE_PAGES_MAX = 10_000;

/** What was read so far; `problems` is empty when that is all there is. It stays when a page can't be read. */
export interface PagesRead<T> {
  readonly items: Map<string, T>;
  readonly problems: Set<string>;
}

/** Reads into `read`. What `list` throws is thrown on. */
export async function readPages<T extends { readonly nativeId: string }>(
  list: (page?: string) => Promise<Page<T>>,
  { items, problems }: PagesRead<T>,
  hasTime: () => boolean = () => true,
): Promise<void> {
  const pages = new Set<string>();
  let page: string | undefined;
  for (;;) {
    if (!hasTime()) {
      problems.add('no time left');
      return;
    }
    const result = await list(page);
    for (const item of result.items) {
      // A collection that moves while it is read shows an object twice, and so may have hidden another.
      if (items.has(item.nativeId)) problems.add(`${item.nativeId} was listed twice`);
      else items.set(item.nativeId, item);
    }
    if (!result.complete) problems.add('the device does not show all of them');
    page = result.next;
    if (page === undefined) return;
    if (pages.has(page) || pages.size + 1 >= OBSERVE_PAGES_MAX) {
      problems.add('the listing does not end');
      return;
    }
    pages.add(page);
  }
}
