/** Which form a request asks for: XML unless it says JSON, as CoprHD has it. */
import type { FastifyRequest } from 'fastify';

export type Form = 'json' | 'xml';

/** `.json` and `.xml` at the end of the path decide, then Accept, by its order and weights. */
export function answerForm(request: Pick<FastifyRequest, 'url' | 'headers'>): Form {
  const suffix = /\.(json|xml)$/i.exec(request.url.split('?', 1)[0]!)?.[1]?.toLowerCase();
  if (suffix !== undefined) return suffix as Form;
  return formOf(request.headers.accept);
}

export function formOf(accept: string | undefined): Form {
  const asked = (accept ?? '*/*')
    .split(',')
    .map((part, index) => {
      const [type = '', ...parameters] = part.trim().toLowerCase().split(/ *; */);
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { type, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0, index };
    })
    .sort((a, b) => b.weight - a.weight || a.index - b.index);
  for (const { type, weight } of asked) {
    if (weight === 0) continue;
    if (type === 'application/json' || type.endsWith('+json') || type === 'text/json') return 'json';
    if (type === 'application/xml' || type === 'text/xml' || type === '*/*' || type === 'application/*') return 'xml';
  }
  // Whoever asks for neither gets what browsers and programs read today.
  return 'json';
}
