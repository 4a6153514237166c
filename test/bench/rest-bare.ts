// The least that a server can do on the same machine: fastify over HTTPS, answering the same bytes to everybody.
// Usage: tsx test/bench/rest-bare.ts DIRECTORY (tls.key, tls.crt, answer.json); prints its port.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Fastify from 'fastify';

const directory = process.argv[2]!;
const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
const bytes = read('answer.json');
const app = Fastify({ https: { key: read('tls.key'), cert: read('tls.crt'), minVersion: 'TLSv1.2' } });
app.get('/*', async (_request, reply) => reply.type('application/json').send(bytes));
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify(app.server.address()));
