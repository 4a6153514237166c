/** Every bound of the product in one place. Units are in the names. */
export const LIMITS = {
  /**
   * etcd's default ceilings, 128 operations and 1.5 MiB, less what its store adds to a transaction to recognise it when
   * the answer is lost. All stores have them, so that a plan that fits one fits all.
   */
  txnOperationsMax: 126,
  requestBytesMax: 1_507_328,
  rangePageMax: 5_000,
  /** One attempt at one member of an etcd cluster, and a call with all its attempts. */
  etcdAttemptDeadlineMs: 2_000,
  etcdCallDeadlineMs: 10_000,
  recordBytesMax: 4_096,
  /**
   * Kept free of it by a plan: for the claim, and where a device is called for what it tells of the object, and why a call
   * failed. So the lists that stay in a record (subnets, tags, pools of a scope) have room for dozens of entries.
   */
  recordClaimBytes: 128,
  recordOutcomeBytes: 1_152,
  /** Hosts that were brought to rest for a snapshot: so many stand in its record, of the others the number. */
  quiesceHostsNamedMax: 8,
  /** Ports of one host on one storage system. They stand in the record of the mask. */
  pathsMax: 16,
  /** Ports not taken that a choice of paths names, the nearest of them. */
  pathRejectionsMax: 20,
  /** Members of one zone of ours, whatever the switch takes: they stand in its record, with aliases. More are several zones. */
  zoneMembersMax: 16,
  /** What a zone may be made of, and names that are tried where one is taken. */
  nameTemplateLengthMax: 512,
  zoneNameTriesMax: 64,
  nameLengthMax: 128,
  /** That a virtual pool may allow of one volume. */
  continuousCopiesMax: 64,
  snapshotsPerVolumeMax: 1_024,
  /** The daemon: bodies of requests, those of operations (whole plans), and what waits for a client that doesn't read. */
  restBodyBytesMax: 1_048_576,
  operationBodyBytesMax: 64 * 1_048_576,
  eventBacklogBytesMax: 8 * 1_048_576,
  requestReadDeadlineMs: 120_000,
  /** So often at most it is said how far open tasks are. */
  taskFollowMs: 250,
  /** So long a client may take for the head of a request: one that sends a letter now and then holds nothing. */
  requestHeadDeadlineMs: 20_000,
  connectionsMax: 4_096,
  keepAliveMs: 65_000,
  pathParameterLengthMax: 512,
  requestsPerSecond: 400,
  requestsBurst: 800,
  callersRememberedMax: 10_000,
  callsRunningMax: 256,
  /** Ids of one bulk request, as CoprHD, what one plan is asked for about, entries of one change of a list; and how long what was just made is waited for. */
  bulkMax: 4_000,
  /** Of requests whose tasks are read for one that names many. */
  taskListsAtOnceMax: 16,
  awaitedMs: 5_000,
  /** Tokens: CoprHD's life and idle limit; how late a logout elsewhere is noticed, and a use written down. */
  tokenLifeMs: 480 * 60_000,
  tokenIdleMs: 120 * 60_000,
  /** For who asks in a user's name; it has no idle limit. */
  proxyTokenLifeMs: 365 * 86_400_000,
  tokenCheckMs: 1_000,
  tokenUseWriteMs: 60_000,
  tokensPerUserMax: 100,
  proxyTokensMax: 1_000,
  loginFailuresMax: 10,
  lockoutMs: 10 * 60_000,
  hashesAtOnceMax: 16,
  healthDeadlineMs: 2_000,
  drainMs: 20_000,
  recoverIntervalMs: 5_000,
  /** Requests that may be planned together are waited for so long at most, after others were. */
  gatherWaitMs: 100,
  /** What the devices show after changes is looked at once they were quiet for so long, or after the second. */
  lookAgainAfterMs: 1_000,
  lookAgainWithinMs: 15_000,
  /** Resources that are made at once without a file, or that one request names; as many volumes as one request to CoprHD. */
  byNameMax: 100,
  /** Why somebody did something, where it is kept in a record. */
  reasonLengthMax: 256,
  /** A private key is about 3 KiB. */
  secretBytesMax: 16_384,
  keyRingMax: 16,
  blobChunkBytes: 1_048_576,
  processLeaseTtlMs: 10_000,
  processLeaseRenewMs: 3_000,
  /** A device call must end this long before the lease that covers it. */
  leaseSafetyMarginMs: 1_500,
  deviceCallDeadlineMs: 6_000,
  /** A change of a fabric is a dialogue of many commands, each within the lease. */
  fabricCallDeadlineMs: 60_000,
  /** After the death of a process, until no call of it takes effect any more: deadline and safety margin. */
  lateCallMs: 7_500,
  /** A device's HTTPS interface: connections that are kept, making one, and one answer. */
  restConnectionsMax: 8,
  restConnectDeadlineMs: 10_000,
  restResponseBytesMax: 64 * 1_048_576,
  discoveryDeadlineMs: 60_000,
  /** Storage systems behind one provider. */
  scanSystemsMax: 10_000,
  /** One login with each credential, and one read. */
  loginDeadlineMs: 30_000,
  maintenanceMaxMs: 365 * 24 * 3_600_000,
  /** How long the credential before stays a fallback after `device rotate`. */
  credentialWindowDefaultMs: 24 * 3_600_000,
  credentialWindowMaxMs: 90 * 24 * 3_600_000,
  /** Looked at at once; of each, as many calls as it takes. */
  devicesObservedMax: 64,
  /** `discover --metrics`: devices asked at once, and keys read at once for one of them. */
  devicesSampledMax: 32,
  readsMax: 64,
  /** Of a pool, or an account: one a day. With less there is no forecast: lib/trend.ts. */
  capacitySamplesMax: 180,
  /** `reclaim report`: snapshots and full copies of this age are old. */
  reclaimAgeMs: 30 * 86_400_000,
  /** Ages and times ahead that may be asked for. */
  spanMaxMs: 100 * 365 * 86_400_000,
  /** What would be full later is not called full. */
  forecastDaysMax: 10 * 365,
  /** Zones wanted within so long of the first go into effect together; then so long nothing does on that fabric. */
  fabricGatherMs: 100,
  fabricIntervalMs: 1_000,
  /** So long another process of ours is waited for, that is changing the fabric. */
  fabricTurnWaitMs: 60_000,
  /** Deltas that go into effect together. */
  fabricBatchMax: 128,
  /** What somebody else changed between the look and the write is looked at again so often. */
  fabricLooksMax: 5,
  jobPollIntervalMs: 100,
  jobPollIntervalMaxMs: 2_000,
  jobNoProgressDeadlineMs: 60_000,
  retryAttemptsMax: 6,
  retryBackoffBaseMs: 100,
  retryBackoffMaxMs: 5_000,
  replanAttemptsMax: 3,
  claimWaitDefaultMs: 30_000,
  claimPollMs: 100,
  /** Units that run at once; --parallel says otherwise, up to the ceiling. */
  unitsInFlightMax: 64,
  unitsInFlightCeiling: 256,
  planTtlMs: 24 * 3_600_000,
  /** Ended tasks can be asked for so long; the history has them for ever. */
  taskTtlMs: 7 * 24 * 3_600_000,
  tombstoneTtlMs: 7 * 24 * 3_600_000,
  /** Of a snapshot's volume: what is reserved for that which is overwritten after it was taken. */
  snapshotReserveFraction: 0.2,
  /** For a snapshot applications are at rest so long at most: well below what initiators and databases wait for an answer. */
  quiesceTimeoutMaxMs: 30_000,
  quiesceTimeoutMs: 10_000,
  /** Of a command that is run on a host. */
  commandWordsMax: 32,
  commandWordLengthMax: 512,
  /** A daemon looks at snapshot policies so often. */
  snapshotRunIntervalMs: 60_000,
  /** Of one policy and volume. */
  snapshotsKeptMax: 1_000,
  /** A pool that is filled to this takes no snapshots any more. */
  noSnapshotsFromFraction: 0.95,
  quarantineTtlMs: 7 * 24 * 3_600_000,
  hluQuarantineMs: 7 * 24 * 3_600_000,
  planFileBytesMax: 64 * 1_048_576,
  documentNestingMax: 32,
  importVolumesMax: 10_000,
  rangeExpansionMax: 10_000,
  hluMax: 16_383,
  /** Of a fabric's saved zones that are not in effect, so many are named. */
  pendingZonesShownMax: 10,
  /** `--refresh auto` takes what was seen of a device for true for so long. */
  observationFreshMs: 5 * 60_000,
  /** A device that tells its changes is read whole so often all the same: what it leaves out misleads no longer. */
  wholeReadIntervalMs: 24 * 3_600_000,
  /** Removal limits per plan (design: safety, "Removing"). */
  removalVolumesMax: 5,
  removalBytesMax: 10 * 1024 ** 4,
  removalProjectFraction: 0.1,
  removalProjectFractionFrom: 20,
  /** An observation in which more vanished at once is untrusted (safety, "Missing is not create"). */
  vanishedTogetherMax: 3,
  vanishedTogetherFraction: 0.05,
  /** `whatif --grow`. */
  growthPercentMax: 10_000,
} as const;
