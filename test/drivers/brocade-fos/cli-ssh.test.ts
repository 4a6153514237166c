/** The dialogue over a real SSH connection: echo, carriage returns, text that comes in pieces, questions, a connection that is cut. */
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { createDialogue, type Dialogue } from '../../../drivers/brocade-fos/cli/dialogue.ts';
import { asksToEnable, checkEnabled } from '../../../drivers/brocade-fos/cli/replies.ts';
import manifest from '../../../drivers/brocade-fos/index.ts';
import { createSshSession, type SshSession } from '../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { contextAt, refusal, SWITCHSHOW } from './support.ts';

const PROMPT = 'sw1:admin> ';
const QUESTION = "You are about to enable.\nDo you want to enable 'prod' configuration  (yes, y, no, n): [no] ";
const ANSWERS: Readonly<Record<string, string>> = {
  switchshow: SWITCHSHOW + PROMPT,
  version: `Fabric OS:  v9.1.1b\n${PROMPT}`,
  'cfgenable "prod"': QUESTION,
  'cfgenable "odd"': 'Erase everything? (yes, y, no, n): [no] ',
  y: `zone config "prod" is in effect\nUpdating flash ...\n${PROMPT}`,
  no: `Operation cancelled\n${PROMPT}`,
};

/** Answers in pieces of 7 characters; a line that it doesn't know cuts the connection. */
async function serve(): Promise<{ readonly session: SshSession; readonly lines: string[] }> {
  const lines: string[] = [];
  const { private: key } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('authentication', (auth) => (auth.method === 'password' ? auth.accept() : auth.reject(['password'])));
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (ok) => ok?.());
      session.on('shell', (ok) => {
        const stream = ok();
        const write = async (text: string) => {
          for (const piece of text.replaceAll('\n', '\r\n').match(/.{1,7}/gs) ?? []) {
            stream.write(piece);
            await systemClock.sleep(0);
          }
        };
        // In order, as a device writes, however late a piece of it is.
        let written = write(PROMPT);
        stream.on('data', (chunk: Buffer) => {
          const line = chunk.toString().trim();
          lines.push(line);
          if (ANSWERS[line] === undefined) client.end();
          else written = written.then(() => write(`${line}\n${ANSWERS[line]}`));
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const login = { type: 'secret', secret: new Redacted('secret') } as const;
  const hops = [{ user: 'admin', host: '127.0.0.1', port, login }];
  const session = createSshSession({ name: 'sw1', hops, hostKeys: [], clock: systemClock });
  onTestFinished(async () => {
    await session.close();
    for (const client of clients) client.end();
    server.close();
  });
  return { session, lines };
}

const context = () => ({ ...contextAt(systemClock.nowMs), deadlineMs: systemClock.nowMs() + 10_000 });
const enable = (dialogue: Dialogue, configuration: string) =>
  dialogue.change(context(), `cfgenable "${configuration}"`, asksToEnable('prod'));

test('a switch is read and asked over SSH, and a question is answered by what it asks', async () => {
  const { session, lines } = await serve();
  const network = await manifest.connect({ configuration: {}, session });
  expect((await network.identify(context())).firmwareVersion).toBe('9.1.1b');
  const dialogue = createDialogue(session, undefined);
  const said = await enable(dialogue, 'prod');
  expect(said.text).toBe(`${QUESTION}y\nzone config "prod" is in effect\nUpdating flash ...\n`);
  checkEnabled(said, 'prod');
  const odd = await enable(dialogue, 'odd');
  expect([odd.refused, odd.last]).toEqual([['Erase everything? (yes, y, no, n): [no]'], 'Operation cancelled\n']);
  expect(lines).toEqual(['switchshow', 'version', 'cfgenable "prod"', 'y', 'cfgenable "odd"', 'no']);
});

test('a connection that is cut in a command is ambiguous, and the next command has a new one', async () => {
  const { session, lines } = await serve();
  const dialogue = createDialogue(session, undefined);
  expect(await dialogue.show(context(), 'version')).toBe('Fabric OS:  v9.1.1b\n');
  expect((await refusal(dialogue.change(context(), 'zonecreate "a","b"'))).class).toBe('ambiguous');
  expect(await dialogue.show(context(), 'version')).toBe('Fabric OS:  v9.1.1b\n');
  expect(lines).toEqual(['version', 'zonecreate "a","b"', 'version']);
});
