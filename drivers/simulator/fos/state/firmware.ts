/** Versions of Fabric OS, and what differs between them. */

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)([a-z]?)(\d*)$/;

/** Comparable: `v8.2.1b` is after `v8.2.1`. Throws for what is no version. */
function parts(version: string): readonly number[] {
  const match = VERSION.exec(version);
  if (!match) throw new Error(`${version} is no version of Fabric OS`);
  const [, major, minor, patch, letter, build] = match;
  const letterRank = letter === '' ? 0 : letter!.charCodeAt(0) - 96;
  return [Number(major), Number(minor), Number(patch), letterRank, Number(build || 0)];
}

export function atLeast(version: string, wanted: string): boolean {
  const own = parts(version);
  const other = parts(wanted);
  const at = own.findIndex((value, index) => value !== other[index]);
  return at < 0 || own[at]! > other[at]!;
}

export interface FirmwareTraits {
  readonly rest: boolean;
  /** Lists of one are lists; before, an object or a plain value. */
  readonly listsOfOne: boolean;
  /** So are lists of errors: since 8.2.1b. */
  readonly errorLists: boolean;
  /** `-f` answers the question. */
  readonly force: boolean;
  readonly peerZones: boolean;
  /** For zones, aliases and configurations. */
  readonly name: RegExp;
  /** WWNs in effect are printed in upper case. */
  readonly upperCase: boolean;
  /** Sessions show lines of the log while a commit is written. */
  readonly logInSession: boolean;
  /** Lines of the defined configuration end with a blank, and no transaction is "no transactions". */
  readonly older: boolean;
  /** Nothing in effect is printed with the mode of the default zone. */
  readonly tellsDefaultZone: boolean;
  /** A cancelled save ends with 248 and is spelt with one l. Before, everything ends with 0. */
  readonly cancelCode: number;
  /** brocade-zone/fabric-lock is there. */
  readonly fabricLock: boolean;
}

export function traitsOf(version: string): FirmwareTraits {
  const eight = atLeast(version, '8.0.0');
  const nine = atLeast(version, '9.0.0');
  return {
    rest: atLeast(version, '8.2.1'),
    listsOfOne: nine,
    errorLists: atLeast(version, '8.2.1b'),
    force: atLeast(version, '7.4.0'),
    peerZones: atLeast(version, '7.4.0'),
    name: atLeast(version, '8.1.0') ? /^[A-Za-z0-9][A-Za-z0-9_$^-]*$/ : /^[A-Za-z][A-Za-z0-9_]*$/,
    upperCase: !eight,
    older: !eight,
    logInSession: eight,
    tellsDefaultZone: eight,
    cancelCode: nine ? 248 : 0,
    fabricLock: nine,
  };
}
