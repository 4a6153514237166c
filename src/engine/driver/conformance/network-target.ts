/**
 * What the author of a network system's driver gives so that the conformance cases can run: a device per case with a fabric
 * that the case may zone as it likes, and hooks for what can't be done through the contract (other people's edits, faults).
 * A case whose hook is missing is skipped with the reason, never passed. Nothing here knows a test runner.
 */
import type { Clock } from '../../../lib/clock.ts';
import type { NetworkSystem, NetworkSystemManifest, ZoneDelta, ZoneMember } from '../network-contract.ts';
import type { ErrorSample } from './target.ts';

/** The part of a manifest that cases look at; a manifest of any configuration fits. */
export type NetworkManifestFacts = Pick<
  NetworkSystemManifest,
  'name' | 'naming' | 'membersMax' | 'capabilities' | 'limits' | 'ownershipMark' | 'supported' | 'concurrencyMax'
>;

/** Each acts on later calls of applyZoneDelta through any session of the device. */
export interface NetworkFaultHooks {
  /** The next one takes effect and its answer is lost. */
  loseReply?(): Promise<void>;
  /** The next one fails on the way to the device. */
  loseRequest?(): Promise<void>;
  /** The device says that it is busy, until `clear`. */
  busy?(): Promise<void>;
  /** Answers take this long, until `clear`. */
  slow?(latencyMs: number): Promise<void>;
  /** The fabric rejects the next activation. */
  rejectActivation?(): Promise<void>;
  /** Lists of zones leave some out and the device lets on, or breaks off there, until `clear`. */
  partialZones?(): Promise<void>;
  clear?(): Promise<void>;
  /** How often the device was asked to change its zoning since it was opened. */
  asked?(): number;
}

/** What a person does behind the driver's back, saved and not enabled unless `enable`. */
export interface NetworkHandHooks {
  createZone?(args: {
    readonly name: string;
    readonly members: readonly ZoneMember[];
    readonly configuration: string;
    readonly enable: boolean;
  }): Promise<void>;
  changeZone?(name: string, members: readonly ZoneMember[], enable: boolean): Promise<void>;
  deleteZone?(name: string, enable: boolean): Promise<void>;
  createAlias?(name: string, members: readonly ZoneMember[]): Promise<void>;
  changeAlias?(name: string, members: readonly ZoneMember[]): Promise<void>;
  openTransaction?(owner: string): Promise<void>;
  defaultZone?(access: 'deny' | 'permit'): Promise<void>;
  /** The port of this WWPN leaves the fabric. */
  logout?(wwpn: string): Promise<void>;
}

/** A device whose fabric holds no zones and has its default zone at deny. Closed after the case. */
export interface OpenNetwork {
  readonly network: NetworkSystem;
  /** Native id of the fabric to work on. */
  readonly fabric: string;
  /** The time that the device and the driver see. */
  readonly clock: Clock;
  close(): Promise<void>;
  readonly hand?: NetworkHandHooks;
  readonly faults?: NetworkFaultHooks;
  /** Changes made on the device since it was opened; only grows. */
  writes?(): number;
  /** Another session to the same device, as from another process. */
  secondSession?(): Promise<NetworkSystem>;
  /** A session to another network system of the same kind. */
  otherDevice?(): Promise<NetworkSystem>;
  /** False: the device doesn't tell whose an open transaction is; a holder is named all the same. Default true. */
  readonly transactionOwner?: boolean;
  /** Leaves open what a process does that dies in the middle of this delta. Without it: a transaction of the delta's owner. */
  leaveTransaction?(delta: ZoneDelta): Promise<void>;
  /** More zones than the device shows in a page. Default 12. */
  readonly crowd?: number;
  /** Zones of this many members with names of the greatest length are more than the database holds. */
  readonly overflow?: { readonly zones: number; readonly members: number };
  /** Must appear nowhere in what the driver says. */
  readonly secrets?: readonly string[];
  errorSamples?(): readonly ErrorSample[];
  /** Ends the device's session behind the driver's back. */
  expireSession?(): Promise<void>;
  logins?(): number;
}

export interface NetworkConformanceTarget {
  readonly manifest: NetworkManifestFacts;
  open(): Promise<OpenNetwork>;
}
