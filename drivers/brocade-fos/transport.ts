/** What the driver needs of a switch, however it is reached. The command line (cli/) and REST (rest/) both give this. */
import {
  type CallContext,
  DriverError,
  type EndpointObservation,
  type FabricObservation,
  type RoutedFabric,
} from 'coprhd/driver';
import type { Edit } from './model/edits.ts';
import type { Snapshot, Transaction } from './model/zoning.ts';

export interface SwitchIdentity {
  /** WWN of the (logical) switch, lower case with colons. */
  readonly wwn: string;
  readonly model: string;
  /** Without a leading `v`: `9.1.1b`. */
  readonly firmwareVersion: string;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** False when the switch did not show all of it. */
  readonly complete: boolean;
}

/** An edit that was taken by the switch, or a part of it, and could not be ended: of the class of what came in between. */
export class HalfDone extends DriverError {}

export interface SwitchTransport {
  /**
   * `token`: edits open a transaction that the switch shows, and activating commits it. `checksum`: the switch itself refuses
   * to save or activate when anything else was saved since; saved first, activated then.
   */
  readonly fence: 'token' | 'checksum';
  identity(ctx: CallContext): Promise<SwitchIdentity>;
  fabric(ctx: CallContext): Promise<{ readonly fabric: FabricObservation; readonly complete: boolean }>;
  endpoints(ctx: CallContext): Promise<Listed<EndpointObservation>>;
  /** Absent: not over this way. */
  routing?(ctx: CallContext): Promise<readonly (readonly RoutedFabric[])[]>;
  snapshot(ctx: CallContext): Promise<Snapshot>;
  /** Undefined = none is open. */
  transaction(ctx: CallContext): Promise<Transaction | undefined>;
  /** What has to be sent one by one for this edit. */
  partsOf(edit: Edit): readonly Edit[];
  /** One part of an edit, in the open transaction, or opening one. Throws HalfDone when it may have been done. */
  edit(ctx: CallContext, edit: Edit): Promise<void>;
  /** Puts the transaction into the saved zoning. `seen`: as read under the fence. */
  save(ctx: CallContext, seen: Snapshot): Promise<void>;
  enable(ctx: CallContext, configuration: string, seen: Snapshot): Promise<void>;
  /** Throws the open transaction away. */
  abort(ctx: CallContext, seen: Snapshot): Promise<void>;
  close(): Promise<void>;
}
