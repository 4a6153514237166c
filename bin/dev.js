#!/usr/bin/env node
// coprhd from source, for who works on it: no build needed.
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register();
const [{ main }, { flushed, processContext }] = await Promise.all([
  import('../src/commands/_base/main.ts'),
  import('../src/commands/_base/process-context.ts'),
]);
const root = fileURLToPath(new URL('..', import.meta.url));
const code = await main({ root, argv: process.argv.slice(2), context: processContext(), fromSource: true });
await flushed();
process.exit(code);
