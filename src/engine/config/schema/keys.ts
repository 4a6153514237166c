/** The keys that a schema knows at a path, in its order. For "did you mean", and for the order in which files are written. */
import type { z } from 'zod';
import type { Path } from '../complaints.ts';

export function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const def = schema._zod.def as Readonly<Record<string, unknown>> & { type: string };
  const inside = (inner: unknown, rest = path) => keysAt(inner as z.core.$ZodType, rest);
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
      return inside(def.innerType);
    case 'pipe':
      return inside(def.in);
    case 'union':
      return (def.options as unknown[]).flatMap((option) => inside(option));
    case 'array':
      return path.length === 0 ? [] : inside(def.element, path.slice(1));
    case 'object': {
      const shape = def.shape as Readonly<Record<string, unknown>>;
      if (path.length === 0) return Object.keys(shape);
      const inner = shape[String(path[0])];
      return inner === undefined ? [] : inside(inner, path.slice(1));
    }
    default:
      return [];
  }
}
