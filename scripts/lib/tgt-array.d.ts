/** Types of tgt-array.js, for the tests. */
export interface TgtArray {
  readonly socket: string;
  readonly controlPort: number;
  readonly poolDirectory: string;
  readonly configDirectory: string;
  /** `ip:port`, two of them unless given. */
  readonly portals: readonly string[];
  /** The pool is a reflink XFS of its own. */
  readonly reflink: boolean;
  /** Runs tgtadm on this array, resolves with what it printed, rejects when it fails. */
  tgtadm(...args: string[]): Promise<string>;
  kill9(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export function startTgtArray(options: {
  readonly directory: string;
  readonly portals?: readonly string[];
  readonly controlPort?: number;
  readonly sizeBytes?: number;
  readonly keep?: boolean;
  /** Told each command line before it is run. */
  readonly onCommand?: (line: string) => void;
}): Promise<TgtArray>;

export function stopTgtArray(directory: string, onCommand?: (line: string) => void): void;
