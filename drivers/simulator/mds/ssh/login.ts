/** Who may log in to a simulated switch: local users with a password, a public key or both, and a role. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthContext, KeyboardAuthContext, PublicKeyAuthContext } from 'ssh2';
import type { Role } from '../state/types.ts';
import { parsedKey } from './key.ts';

export interface Account {
  readonly user: string;
  readonly role: Role;
  readonly password?: string;
  /** A line as in authorized_keys. */
  readonly publicKey?: string;
}

const METHODS = ['publickey', 'password', 'keyboard-interactive'] as const;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const isPassword = ({ password }: Account, given: string | undefined): boolean =>
  password !== undefined && given !== undefined && timingSafeEqual(digest(password), digest(given));

function isKey({ publicKey }: Account, { key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  if (publicKey === undefined) return false;
  const allowed = parsedKey(publicKey);
  if (!allowed.getPublicSSH().equals(key.data)) return false;
  // Without a signature the client only asks whether the key would do.
  return signature === undefined || blob === undefined || allowed.verify(blob, signature, hashAlgo) === true;
}

/** Answers an attempt to log in. `accepted` hears who it was. */
export function authenticate(
  accounts: readonly Account[],
  attempt: AuthContext,
  accepted: (account: Account) => void,
): void {
  const account = accounts.find(({ user }) => user === attempt.username);
  const decide = (isRight: boolean) => {
    if (!account || !isRight) {
      attempt.reject([...METHODS]);
      return;
    }
    accepted(account);
    attempt.accept();
  };
  if (account && attempt.method === 'password') decide(isPassword(account, attempt.password));
  else if (account && attempt.method === 'publickey') decide(isKey(account, attempt));
  else if (account && attempt.method === 'keyboard-interactive') {
    ask(attempt, (given) => decide(isPassword(account, given)));
  } else decide(false);
}

function ask(attempt: KeyboardAuthContext, answered: (given: string | undefined) => void): void {
  attempt.prompt([{ prompt: 'Password: ', echo: false }], (answers) => answered(answers[0]));
}
