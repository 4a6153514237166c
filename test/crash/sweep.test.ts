/** The crash sweep on a state in a directory: every boundary of every stage. */
import { createSimStory } from './support/sim-story.ts';
import { crashSweep } from './support/sweep.ts';

crashSweep('on LMDB', () => createSimStory());
