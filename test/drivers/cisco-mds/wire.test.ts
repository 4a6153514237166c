/** Over a real SSH connection: echo, line ends of a terminal, text in pieces, a banner, and a connection that is cut. */
import { createServer } from 'node:net';
import type { CallContext } from 'coprhd/driver';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import { createSshSession } from '../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { createObedientSwitch, logIn, type ObedientSwitch } from './obedient-switch.ts';
import { port, VSAN } from './support.ts';

const PIECE_BYTES = 7;

interface Served {
  readonly port: number;
  readonly connections: Set<ssh2.Connection>;
  /** Lines that came. */
  readonly lines: string[];
}

async function serve(device: ObedientSwitch): Promise<Served> {
  const { private: key } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const connections = new Set<ssh2.Connection>();
  const lines: string[] = [];
  const ssh = new ssh2.Server({ hostKeys: [key] }, (client) => {
    connections.add(client);
    client.on('error', () => {});
    client.on('authentication', (auth) =>
      auth.method === 'password' && auth.password === 'hunter2-secret' ? auth.accept() : auth.reject(['password']),
    );
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (ok) => ok?.());
      session.on('shell', (ok) => {
        const stream = ok();
        const say = logIn(device, 'coprhd');
        stream.write('Cisco Nexus Operating System (NX-OS) Software\r\n#1 of many # \r\nsw1# ');
        let rest = '';
        stream.on('data', (chunk: Buffer) => {
          rest += chunk.toString();
          for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
            const line = rest.slice(0, end);
            rest = rest.slice(end + 1);
            lines.push(line);
            const text = `${line}\n${say(line)}`.replaceAll('\n', '\r\n');
            for (let at = 0; at < text.length; at += PIECE_BYTES) stream.write(text.slice(at, at + PIECE_BYTES));
          }
        });
      });
    });
  });
  const server = createServer((socket) => ssh.injectSocket(socket));
  onTestFinished(() => {
    for (const client of connections) client.end();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, connections, lines };
}

test.each(['basic', 'enhanced'] as const)(
  'a zone is added in %s mode, also after the connection was cut',
  async (mode) => {
    const device = createObedientSwitch(mode, '20:64:00:0d:ec:aa:bb:01');
    const { port: at, connections, lines } = await serve(device);
    const session = createSshSession({
      ...{ name: 'sw1', hostKeys: [], clock: systemClock },
      hops: [
        {
          user: 'coprhd',
          host: '127.0.0.1',
          port: at,
          login: { type: 'secret', secret: new Redacted('hunter2-secret') },
        },
      ],
    });
    const network = await manifest.connect({ configuration: { saveTo: 'switch', user: 'coprhd' }, session });
    onTestFinished(() => network.close());
    const ctx = (): CallContext => ({
      ...{ nowMs: systemClock.nowMs, deadlineMs: systemClock.nowMs() + 20_000 },
      ...{ signal: new AbortController().signal, log: { debug: () => {} } },
    });

    expect((await network.identify(ctx())).model).toBe('Cisco MDS 9148T');
    const fabric = `${device.wwn}/${VSAN}`;
    const added = async (name: string, byte: string) => {
      const { fingerprint: base } = await network.readZoning(ctx(), fabric);
      return network.applyZoneDelta(ctx(), {
        ...{ fabric, base, owner: 'coprhd', configuration: 'prod', add: [{ name, members: [port('01'), port(byte)] }] },
        ...{ addAliases: [], removeAliases: [], change: [], remove: [], activate: true, activatePending: false },
      });
    };
    const { zones } = await added('one', '02');
    expect(zones[0]?.effective).toEqual([port('01'), port('02')]);
    for (const client of connections) client.end();
    await systemClock.sleep(50);
    expect((await added('two', '03')).zoning.pending).toEqual([]);
    expect([...(device.active?.zones.keys() ?? [])]).toEqual(['one', 'two']);
    expect(connections.size).toBe(2);
    expect(lines.filter((line) => line === 'terminal length 0')).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  },
);
