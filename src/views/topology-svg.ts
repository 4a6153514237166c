/** DOT as SVG, by Graphviz itself. Loaded when a picture is asked for: it is large. */
import { instance } from '@viz-js/viz';

/** Throws what Graphviz says where it can't draw it. */
export async function svgOf(dot: string): Promise<string> {
  const graphviz = await instance();
  return graphviz.renderString(dot, { format: 'svg', engine: 'dot' });
}
