/** coprhd login: commands go to a daemon from now on. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { LIMITS } from '../lib/limits.ts';
import { loggedInView } from '../views/login.ts';
import { EngineCommand } from './_base/command.ts';
import { readServers, serverUrl, writeServers } from './_base/servers.ts';
import { usageError } from './_base/usage.ts';

export default class Login extends EngineCommand<typeof Login> {
  static override summary = 'Log in to a daemon: commands go there from now on.';
  static override description =
    'The password is read from standard input, or asked for without showing it. A certificate that no authority vouches for is shown by its fingerprint, to be compared with the one that the daemon printed when it started; it is pinned then. The token is kept for you only, in coprhd/servers.json under your configuration directory. --state still names another place for one command.';
  static override examples = [
    { description: 'Ask for everything', command: '<%= config.bin %> login https://storage.example.com:4443' },
    {
      description: 'In a pipeline',
      command:
        '<%= config.bin %> login https://storage.example.com:4443 --user svc --fingerprint AB:CD:...:EF < password.txt',
    },
  ];
  static override args = {
    server: Args.string({ description: 'https://HOST:4443', required: true, ignoreStdin: true }),
  };
  static override flags = {
    user: Flags.string({ summary: 'Who logs in.', helpValue: 'NAME', default: 'root' }),
    fingerprint: Flags.string({
      summary: 'SHA-256 fingerprint that the certificate must have.',
      helpValue: 'AB:CD:...',
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { env } = this.cli.context;
    const url = serverUrl(this.args.server);
    const { user } = this.flags;
    const { logIn, readServerCertificate } = await import('../client/login.ts');
    const seen = await readServerCertificate(url);
    const known = readServers(env).servers[url];
    const isKnown = known?.certificate === seen.certificate;
    if (!(await this.#trusts(url, seen, isKnown))) return 'held';
    const password = await this.#password(user, url);
    if (password === undefined) return 'interrupted';
    const certificate = seen.trusted ? undefined : seen.certificate;
    const token = await logIn({ url, certificate }, user, password);
    const servers = readServers(env);
    const server = { user, token, ...(certificate === undefined ? {} : { certificate }) };
    writeServers(env, { current: url, servers: { ...servers.servers, [url]: server } });
    return this.cli.finish({ outcome: 'ok', diagnostics: [], server: url, user }, loggedInView);
  }

  async #trusts(
    url: string,
    { fingerprint, trusted }: { readonly fingerprint: string; readonly trusted: boolean },
    isKnown: boolean,
  ): Promise<boolean> {
    const wanted = this.flags.fingerprint?.toUpperCase();
    if (wanted !== undefined) {
      if (wanted === fingerprint) return true;
      usageError(`${url} shows another certificate: ${fingerprint}`, 'find out why before you log in anywhere');
    }
    if (trusted || isKnown) return true;
    if (!this.cli.mode.interactive) {
      usageError(
        `no authority vouches for the certificate of ${url}, whose fingerprint is ${fingerprint}`,
        'compare it with the one that the daemon printed, then give it with --fingerprint',
      );
    }
    const answer = await this.cli.ask(
      `The certificate of ${url} has the fingerprint\n  ${fingerprint}\nIs it the one that the daemon printed? [y/N] `,
    );
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  }

  /** Undefined when the person gave up. */
  async #password(user: string, url: string): Promise<string | undefined> {
    const { context } = this.cli;
    if (context.stdin.isTTY) return this.cli.askSecret(`Password of ${user} at ${url} (not shown): `);
    const text = await context.readInput(LIMITS.secretBytesMax, this.cli.signal);
    return text?.replace(/\r?\n$/, '') ?? usageError('the password is too long or not UTF-8', 'give the right one');
  }
}
