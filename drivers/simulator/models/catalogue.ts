/** The models of simulated arrays by their ids. `unified` is the usual one; its ports and pools are in topology.ts. */
import { ENGINES } from './engines.ts';
import { ENTRY } from './entry.ts';
import { FLASH } from './flash.ts';
import type { ArrayModel } from './model.ts';

export const MODELS: readonly ArrayModel[] = [ENTRY, ENGINES, FLASH];
export const UNIFIED = 'unified';
export const MODEL_IDS = [UNIFIED, ...MODELS.map(({ id }) => id)] as const;
