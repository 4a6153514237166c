/** What the switch won't do, with its own words. The command line prints them, REST puts them into an error's body. */

export type RefusalCode =
  | 'exists'
  | 'not-found'
  | 'contains'
  | 'not-in'
  | 'invalid-name'
  | 'invalid-member'
  | 'too-long'
  | 'in-use'
  | 'locked'
  | 'no-transaction'
  | 'no-effective'
  | 'too-large'
  | 'rejected'
  | 'checksum'
  | 'busy';

export class FosRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'FosRefusal';
    this.code = code;
  }
}
