/** A whole collection of a device as an observation has it: sorted, and with what keeps it from being whole. */
import type { CallContext, Page } from '../driver/contract.ts';
import { deviceErrorText } from './device-error.ts';
import { byNativeId } from './merge-changes.ts';
import { type PagesRead, readPages } from './pages.ts';

export type Listing<T> = (ctx: CallContext, page?: string) => Promise<Page<T>>;

export interface Collected<T> {
  readonly items: readonly T[];
  /** Undefined = read to its end. */
  readonly why?: string;
}

/** Errors of the device don't leave it. */
export async function collect<T extends { readonly nativeId: string }>(
  what: string,
  list: Listing<T>,
  ctx: CallContext,
): Promise<Collected<T>> {
  const read: PagesRead<T> = { items: new Map(), problems: new Set() };
  const { items, problems } = read;
  try {
    await readPages(
      (page) => list(ctx, page),
      read,
      () => ctx.nowMs() < ctx.deadlineMs,
    );
  } catch (error) {
    problems.add(deviceErrorText(error, ctx));
  }
  if (problems.size === 0) return { items: byNativeId(items.values()) };
  const [first, ...more] = problems;
  const why = more.length === 0 ? first! : `${first}, and ${more.length} more`;
  return { items: byNativeId(items.values()), why: `${what} not read whole: ${why}` };
}

/** Of what has a name and no other id. */
export async function collectNamed<T extends { readonly name: string }>(
  what: string,
  list: Listing<T>,
  ctx: CallContext,
): Promise<Collected<T>> {
  const identified = async (c: CallContext, page?: string) => {
    const { items, ...rest } = await list(c, page);
    return { ...rest, items: items.map((item) => ({ nativeId: item.name, item })) };
  };
  const { items, ...rest } = await collect(what, identified, ctx);
  return { ...rest, items: items.map(({ item }) => item) };
}
