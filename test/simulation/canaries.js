// Broken variants of the engine and the drivers that the simulator must catch: what each breaks, as patches of the sources
// that scripts/lib/sim-bundle.js applies while it bundles, what directs the seeds at it, and within how many it is caught; `from` is a seed that caught it at once.
// The engine as it is must pass the very same seeds.

/** Much dies, nobody meddles. */
const KILLS = {
  seers: false,
  fabrics: false,
  copies: false,
  policies: false,
  followers: 0,
  hands: 0,
  restores: false,
  workers: 2,
  troubleMs: 60_000,
  edits: {},
  store: {},
  device: {},
  process: { kill: 0.01 },
  thinkMs: { min: 100, max: 3_000 },
};

/** Processes stand still for longer than their leases, on several machines. */
const FREEZES = {
  ...KILLS,
  machines: 3,
  workers: 3,
  clis: 3,
  process: { freeze: 0.01 },
  storeMs: { min: 1, max: 150 },
};

/** Several people want the same pools at once. */
const CROWD = {
  ...KILLS,
  arrays: 1,
  pools: 1,
  poolGib: 64,
  clis: 6,
  stacks: 8,
  volumesPerStack: 6,
  process: {},
  thinkMs: { min: 100, max: 1_000 },
  storeMs: { min: 40, max: 300 },
  deviceMs: { min: 10, max: 100 },
  cli: { apply: 10 },
};

/** Exports over two fabrics, come and gone in quick succession. */
const FABRICS = {
  ...KILLS,
  troubleMs: 20_000,
  arrays: 1,
  pools: 1,
  poolGib: 256,
  hosts: 3,
  stacks: 2,
  volumesPerStack: 4,
  workers: 0,
  clis: 2,
  machines: 1,
  groups: false,
  process: {},
  cli: { apply: 1 },
  thinkMs: { min: 100, max: 1_500 },
  storeMs: { min: 1, max: 10 },
  deviceMs: { min: 10, max: 100 },
  zeroingMibPerSecond: 100_000,
  fabrics: {
    style: 'pair',
    members: 'pwwn',
    foreignZones: 2,
    zoners: 0,
    zonerMs: { min: 100, max: 2_000 },
    edits: {},
    faults: {},
    reviews: 0,
  },
};

/** Groups are copied, written to, overwritten and copied again, and copying takes its time. */
const COPIES = {
  ...KILLS,
  troubleMs: 25_000,
  arrays: 1,
  pools: 2,
  poolGib: 256,
  hosts: 2,
  stacks: 1,
  volumesPerStack: 4,
  workers: 0,
  clis: 1,
  process: {},
  cli: { apply: 1 },
  thinkMs: { min: 100, max: 3_000 },
  storeMs: { min: 1, max: 10 },
  deviceMs: { min: 10, max: 200 },
  copies: {
    poolGib: 256,
    mibPerSecond: 1_024,
    copiers: 1,
    copierMs: { min: 100, max: 1_500 },
    does: { take: 2, restore: 3 },
    cancels: 0,
    policies: false,
    keep: 1,
    writeMs: { min: 50, max: 1_000 },
  },
};

/** Volumes begin to follow others, are paused, resumed and split in quick succession, of which each takes a few seconds to be in sync. */
const MIRRORS = {
  ...COPIES,
  troubleMs: 30_000,
  thinkMs: { min: 500, max: 6_000 },
  copies: {
    ...COPIES.copies,
    mibPerSecond: 512,
    copiers: 0,
    mirrors: {
      people: 2,
      peopleMs: { min: 50, max: 1_000 },
      does: { make: 2, pause: 3, resume: 3, split: 2 },
      cancels: 0.3,
      hands: 0,
      handMs: { min: 500, max: 5_000 },
      edits: {},
    },
  },
};

/** Groups are taken by jobs of a few seconds each, of which some are called off, while hosts log in and write now and then. */
const FULL_COPIES = {
  ...COPIES,
  thinkMs: { min: 500, max: 6_000 },
  copies: {
    ...COPIES.copies,
    mibPerSecond: 512,
    does: { take: 3, remove: 1 },
    writeMs: { min: 500, max: 5_000 },
    full: { pools: 2, cancels: 0.5 },
  },
};

/** What hosts see is taken with their applications at rest, mostly, which each of them lets go on by itself soon. */
const AT_REST = {
  ...COPIES,
  stacks: 2,
  hosts: 3,
  thinkMs: { min: 200, max: 2_000 },
  copies: {
    ...COPIES.copies,
    copiers: 2,
    does: { take: 3 },
    quiesce: {
      hosts: 3,
      timeoutS: 2,
      wishes: { true: 0.8, try: 0.2 },
      hostMs: { min: 1, max: 50 },
      hookMs: { min: 10, max: 300 },
      faults: {},
    },
  },
};

const CALL_AFTER_INTENT = `      await writeIntent(run, unit, step, { ...intent, state: 'intent', atMs: run.nowMs });
      run.point(\`step:after-intent:\${step.kind}\`);
      return bound.perform(io);`;

export const CANARIES = [
  {
    name: 'outcome journalled before the call',
    seeds: 30,
    from: 1_002,
    options: KILLS,
    patches: [
      {
        file: 'src/engine/workflow/step-runner.ts',
        find: CALL_AFTER_INTENT,
        replace: CALL_AFTER_INTENT.replace("state: 'intent',", "state: 'done' as never, wasDone: true,"),
      },
    ],
  },
  {
    name: 'no fence check',
    seeds: 20,
    from: 2_111,
    options: FREEZES,
    patches: [
      {
        file: 'src/engine/workflow/run.ts',
        find: 'compare: [fence, ...compare],',
        replace: 'compare,',
      },
    ],
  },
  {
    name: 'an ambiguous call is repeated',
    seeds: 30,
    from: 3_003,
    options: { ...KILLS, process: {}, device: { 'lost-before': 0.05, 'lost-after': 0.05 } },
    patches: [{ file: 'src/engine/workflow/retry.ts', find: "ambiguous: 'probe',", replace: "ambiguous: 'again'," }],
  },
  {
    name: 'undo deletes the unmarked',
    seeds: 30,
    from: 4_001,
    options: {
      ...KILLS,
      process: {},
      hands: 2,
      handMs: { min: 50, max: 1_500 },
      edits: { 'untag-ours': 1 },
      deviceMs: { min: 50, max: 2_500 },
    },
    patches: [
      {
        file: 'src/engine/workflow/steps/volume.ts',
        find: "if (wrong !== undefined) throw new RefusedError('COPRHD-HELD-011', `volume ${args.name} stays: ${wrong}`);",
        replace: '',
      },
      {
        file: 'drivers/simulator/objects.ts',
        find: 'if (!mark) throw refuse(`${object.name} carries no ownership mark`);',
        replace: 'if (!mark) return;',
      },
    ],
  },
  {
    name: 'lease not renewed',
    seeds: 20,
    from: 5_001,
    options: { ...FREEZES, process: {}, deviceMs: { min: 50, max: 2_500 }, zeroingMibPerSecond: 256 },
    patches: [
      {
        file: 'src/engine/state/leases.ts',
        find: 'if (clock.nowMs() >= lease.expiresAtMs) lose(undefined);\n    else renewing ??= renew();',
        replace: 'void [lose, renew];',
      },
      {
        file: 'src/engine/state/leases.ts',
        find: 'leaseDeadlineMs: () => lease.expiresAtMs,',
        replace: 'leaseDeadlineMs: () => clock.nowMs() + ttlMs,',
      },
    ],
  },
  {
    name: 'ledger read, changed and written without a compare',
    seeds: 20,
    from: 6_001,
    options: CROWD,
    patches: [
      {
        file: 'src/engine/workflow/reservations.ts',
        find: '(await run.write(compare, operations))) return undefined;',
        replace: '(await run.write([], operations))) return undefined;',
      },
      {
        file: 'src/engine/workflow/reservations.ts',
        find: "compare.push({ key, modRevision: item?.modRevision ?? 0 });\n    operations.push({ type: 'put', key, value: encodeLedger(settled) });",
        replace: "operations.push({ type: 'put', key, value: encodeLedger(settled) });",
      },
    ],
  },
  {
    name: 'probe by name only',
    seeds: 30,
    from: 7_001,
    options: {
      ...KILLS,
      process: {},
      hands: 2,
      handMs: { min: 10, max: 400 },
      edits: { 'squat-name': 1 },
      device: { 'lost-before': 0.15 },
      deviceMs: { min: 50, max: 2_500 },
    },
    patches: [
      {
        file: 'src/engine/workflow/steps/volume.ts',
        find: 'const wrong = difference(volume) ?? (halfMade ? undefined : markMismatch(io, args.volume, volume));',
        replace: 'const wrong = undefined as string | undefined;',
      },
      {
        file: 'src/engine/workflow/steps/volume.ts',
        find: "if (halfMade) return { verdict: 'partial' };",
        replace: 'void halfMade;',
      },
    ],
  },
  {
    name: 'the reaper ignores commits',
    seeds: 30,
    from: 8_006,
    // Killed with its commit under way, on a machine where others notice at once; all reads and writes take their time.
    options: {
      ...KILLS,
      machines: 1,
      workers: 4,
      clis: 4,
      stacks: 4,
      troubleMs: 240_000,
      cli: { apply: 1 },
      process: { commit: 0.7 },
      storeMs: { min: 50, max: 1_500 },
      deviceMs: { min: 10, max: 100 },
    },
    patches: [
      {
        file: 'src/engine/workflow/recover.ts',
        find: 'const phase = (await readOwner(env, id)).workflow?.phase;',
        replace: 'const phase = workflow.phase;',
      },
    ],
  },
  {
    name: 'claim released before the outcome',
    seeds: 20,
    options: KILLS,
    patches: [
      {
        file: 'src/engine/workflow/outcome.ts',
        find: "  const entry: StepEntry = { ...kept, state: 'done', atMs: run.nowMs, wasDone: true };",
        replace: `  const entry: StepEntry = { ...kept, state: 'done', atMs: run.nowMs, wasDone: true };
  const early = await run.records.read(unit.urn);
  if (early && isClaimedBy(early.record, run.id)) {
    const key = keys.record(unit.urn);
    await run.write([{ key, modRevision: early.revision }], [{ type: 'put', key, value: encodeRecord({ ...early.record, claim: undefined } as never) }]);
    run.records.forget(unit.urn);
  }`,
      },
      {
        file: 'src/engine/workflow/outcome.ts',
        find: 'if (!read || !isClaimedBy(read.record, run.id)) {',
        replace: 'if (!read) {',
      },
    ],
  },
  {
    name: 'missing taken for deleted on a partial inventory',
    seeds: 30,
    from: 10_002,
    options: { ...KILLS, process: {}, device: { partial: 0.2 }, pageItems: 500 },
    patches: [
      {
        file: 'src/engine/observe/read-system.ts',
        find: "{ level: nothing ? 'unreachable' : 'partial', why: failures.join('; ') }",
        replace: "{ level: nothing ? 'unreachable' : 'whole', why: failures.join('; ') }",
      },
    ],
  },
  {
    name: 'undo does not wait for the call of the dead',
    seeds: 20,
    from: 41_001,
    options: {
      ...KILLS,
      groups: false,
      machines: 1,
      clis: 4,
      stacks: 4,
      workers: 3,
      poolGib: 256,
      troubleMs: 120_000,
      cli: { apply: 1 },
      process: { kill: 0.006 },
      device: { 'lost-before': 0.3, refused: 0.25 },
      deviceMs: { min: 50, max: 500 },
    },
    patches: [
      {
        file: 'src/engine/workflow/undo.ts',
        find: 'await awaitQuiet(run, run.journal.quietAtMs(unit));',
        replace: 'void awaitQuiet;',
      },
    ],
  },
  {
    name: 'a gap in a watch is ignored',
    seeds: 20,
    options: { ...KILLS, process: {}, store: { 'watch-gap': 0.05 }, followers: 2, clis: 3 },
    patches: [
      {
        file: 'src/engine/state/follow.ts',
        find: "if (batch.type === 'gap') {",
        replace: "if (batch.type === 'gap') continue;\n    if (batch.type === ('gap' as never)) {",
      },
    ],
  },
  {
    // Of the driver: a LUN that is added again shows what the target gives it, not the volume's identity.
    name: 'identity not set again after a LUN was added again',
    seeds: 30,
    options: { ...KILLS, process: {}, clis: 3 },
    patches: [
      {
        file: 'drivers/simulator/masks.ts',
        find: 'const mapping = { hlu, volume: volume.id, ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }) };',
        replace:
          "const mapping = { hlu, volume: volume.id, wwn: mask.mappings.length > 0 ? `6${'0'.repeat(31)}` : volume.wwn! };",
      },
    ],
  },
  {
    name: 'zone removed while referenced',
    seeds: 20,
    options: FABRICS,
    patches: [
      {
        file: 'src/engine/planner/mask-zoning.ts',
        find: "return draft.input.view.inScope('zone', uuidOf(mask)).filter(",
        replace: "void [mask, uuidOf];\n  return draft.input.view.all('zone').filter(",
      },
    ],
  },
  {
    name: 'HLU re-used at once',
    seeds: 30,
    options: FABRICS,
    patches: [
      {
        file: 'src/engine/planner/masks.ts',
        find: 'quarantinedHlus: new Map(resting.map(',
        replace: 'quarantinedHlus: new Map(resting.slice(0, 0).map(',
      },
    ],
  },
  {
    name: 'activation publishes a foreign edit',
    seeds: 20,
    from: 16_001,
    options: { ...FABRICS, fabrics: { ...FABRICS.fabrics, zoners: 2, edits: { save: 2, enable: 1, remove: 1 } } },
    patches: [
      {
        file: 'src/engine/workflow/steps/zones.ts',
        find: 'if (unseen.length === 0 && zoning.pendingCount === zoning.pending.length) return others.length > 0;',
        replace: 'return others.length > 0;',
      },
    ],
  },
  {
    name: 'overwritten without a snapshot of what was there',
    seeds: 10,
    options: COPIES,
    patches: [
      {
        file: 'src/engine/planner/overwriting.ts',
        find: 'const kept = isPossible(draft, wanted) && keepEach(draft, wanted);',
        replace: 'const kept: Kept | false = isPossible(draft, wanted) && new Map();',
      },
      {
        file: 'src/engine/planner/overwriting.ts',
        find: ', and kept as ${nameOf(draft, kept.get(record.urn)!)}',
        replace: '',
      },
    ],
  },
  {
    name: 'put-back forgotten',
    seeds: 20,
    from: 18_004,
    options: { ...COPIES, copies: { ...COPIES.copies, mibPerSecond: 64, cancels: 0.5 } },
    patches: [{ file: 'src/engine/workflow/undo.ts', find: 'if (putBack) {', replace: 'if (putBack && !handle) {' }],
  },
  {
    name: 'the snapshots of a set are taken one after the other',
    seeds: 20,
    from: 19_005,
    options: COPIES,
    patches: [
      {
        file: 'src/engine/planner/snapshots.ts',
        find: 'const key = `${foldName(set)} ${consistencyGroup ?? volume}`;',
        replace: 'const key = `${foldName(set)} ${volume} ${consistencyGroup}`;',
      },
    ],
  },
  {
    name: 'what a policy keeps goes before the next one is there',
    seeds: 20,
    from: 20_001,
    options: {
      ...COPIES,
      troubleMs: 130_000,
      thinkMs: { min: 1_000, max: 20_000 },
      device: { refused: 0.1 },
      copies: {
        ...COPIES.copies,
        policies: true,
        does: { run: 1 },
        copierMs: { min: 1_000, max: 15_000 },
        writeMs: { min: 1_000, max: 20_000 },
      },
    },
    patches: [
      { file: 'src/engine/planner/retention.ts', find: "'policy', [due]);", replace: "'policy', []);\n    void due;" },
    ],
  },
  {
    name: 'a copy is shown beside its source',
    seeds: 20,
    from: 21_005,
    options: COPIES,
    patches: [
      {
        file: 'src/engine/planner/copy-identity.ts',
        find: 'if (twin === undefined) continue;',
        replace: 'if (twin === undefined || twin !== volume.urn) continue;',
      },
    ],
  },
  {
    // Somebody lets it go on by hand, and another one splits it meanwhile.
    name: 'what is not in sync yet is split',
    seeds: 20,
    from: 22_004,
    options: {
      ...MIRRORS,
      copies: {
        ...MIRRORS.copies,
        mibPerSecond: 64,
        mirrors: {
          ...MIRRORS.copies.mirrors,
          does: { make: 2, pause: 3, split: 4 },
          hands: 1,
          handMs: { min: 200, max: 2_000 },
          edits: { resume: 1 },
        },
      },
    },
    patches: [
      {
        file: 'src/engine/planner/mirror-verbs.ts',
        find: 'if (seen && seen.percent < 100) {',
        replace: 'if (seen && seen.percent < 0) {',
      },
      {
        file: 'drivers/simulator/mirrors.ts',
        find: 'if (doneBytes(kv, to, nowMs) < to.mirror.bytes) throw',
        replace: 'if (doneBytes(kv, to, nowMs) < 0) throw',
      },
    ],
  },
  {
    name: 'what follows is exported',
    seeds: 20,
    from: 23_009,
    options: { ...MIRRORS, clis: 2 },
    patches: [
      {
        file: 'src/engine/planner/export-maps.ts',
        find: 'if (isFollowing(volume)) {',
        replace: 'if (isFollowing(volume) && missing.length === 0) {',
      },
      {
        file: 'drivers/simulator/masks.ts',
        find: 'if (volume.mirror) throw',
        replace: 'if (volume.mirror && volume.quarantined) throw',
      },
    ],
  },
  {
    // Of the driver: a pause that arrives twice lets it go on.
    name: 'a pause that is repeated resumes',
    seeds: 20,
    from: 24_001,
    options: { ...MIRRORS, device: { twice: 0.1 } },
    patches: [
      {
        file: 'drivers/simulator/mirrors.ts',
        find: 'return bound.map(({ to }) => volumeView(kv, pause(kv, to, nowMs), nowMs));',
        replace:
          'return bound.map(({ to }, index) => {\n    if (to.mirror.pausedBytes === undefined) return volumeView(kv, pause(kv, to, nowMs), nowMs);\n    resumeMirror(kv, pairs[index]!, nowMs);\n    return volumeView(kv, volumes.need(kv, to.id), nowMs);\n  });',
      },
    ],
  },
  {
    name: 'a resume that is undone leaves it following',
    seeds: 20,
    options: { ...MIRRORS, copies: { ...MIRRORS.copies, mirrors: { ...MIRRORS.copies.mirrors, cancels: 0.7 } } },
    patches: [
      {
        file: 'src/engine/workflow/steps/mirrors.ts',
        find: 'const undo = async (io: StepIo) => {\n    await pause(io, args);',
        replace: 'const undo = async (_: StepIo) => {',
      },
    ],
  },
  {
    name: 'a continuous copy is told to be there before it is in sync',
    seeds: 20,
    options: MIRRORS,
    patches: [
      {
        file: 'src/engine/workflow/steps/mirrors.ts',
        find: 'return mirrorsOf(io).pollMirror(io.context(), expect, handle);',
        replace:
          "return { ...(await mirrorsOf(io).pollMirror(io.context(), expect, handle)), state: 'done' as const };",
      },
    ],
  },
  {
    name: 'a resume begins anew what somebody has split',
    seeds: 20,
    options: {
      ...MIRRORS,
      copies: {
        ...MIRRORS.copies,
        mirrors: { ...MIRRORS.copies.mirrors, hands: 1, handMs: { min: 200, max: 3_000 }, edits: { split: 1 } },
      },
    },
    patches: [
      {
        file: 'src/engine/planner/mirror-verbs.ts',
        find: 'if (!seen) return splitByHand(record, refuse);\n    const { paused, ...spec }',
        replace: "seen ??= { source: '', state: 'paused', percent: 100 };\n    const { paused, ...spec }",
      },
      {
        file: 'src/engine/workflow/steps/mirrors.ts',
        find: "if (state === 'none') return followsNobody;\n    return state.state === 'synchronized'",
        replace: "return state !== 'none' && state.state === 'synchronized'",
      },
      {
        file: 'drivers/simulator/mirrors.ts',
        find: 'const { from, to } = boundPair(kv, pair);\n  if (to.mirror.pausedBytes === undefined) return',
        replace:
          'const { from, to } = pairOf(kv, pair);\n  if (!follows(to)) return follow(kv, from, to, nowMs);\n  if (to.mirror.pausedBytes === undefined) return',
      },
    ],
  },
  {
    name: 'a full copy that is undone goes on',
    seeds: 20,
    from: 31_017,
    options: FULL_COPIES,
    patches: [
      {
        file: 'src/engine/workflow/steps/snapshots.ts',
        find: 'undo: async (io) => {\n      await cancel(io);',
        replace: 'undo: async (io) => {',
      },
    ],
  },
  {
    name: 'what hosts use is copied in full',
    seeds: 20,
    from: 32_006,
    options: FULL_COPIES,
    patches: [
      {
        file: 'src/engine/planner/snapshot-method.ts',
        find: 'if (draft.input.attestOffline !== undefined) return undefined;',
        replace: 'if (members.length > 0) return undefined;',
      },
      {
        file: 'src/engine/planner/snapshots.ts',
        find: 'const attested = attestedBy === undefined ? {} : { attested: true };',
        replace: 'const attested = { attested: true };',
      },
    ],
  },
  {
    // Of the driver: a host wrote on the way.
    name: 'a full copy of what was written to on the way is kept',
    seeds: 20,
    from: 33_002,
    options: FULL_COPIES,
    patches: [
      { file: 'drivers/simulator/full-snapshots.ts', find: 'if (!same) return undefined;', replace: 'void same;' },
    ],
  },
  {
    name: 'a host thaws much later by itself than it was told',
    seeds: 20,
    from: 34_001,
    options: { ...AT_REST, process: { kill: 0.006 } },
    patches: [
      {
        file: 'src/engine/driver/quiesce.ts',
        find: 'const args = [token, String(Math.ceil(timeoutMs / 10)),',
        replace: 'const args = [token, String(timeoutMs),',
      },
    ],
  },
  {
    name: 'what was taken after a host had thawed counts as at rest',
    seeds: 20,
    from: 35_005,
    options: {
      ...AT_REST,
      copies: { ...AT_REST.copies, quiesce: { ...AT_REST.copies.quiesce, faults: { slow: 0.2 } } },
    },
    patches: [
      {
        file: 'src/engine/workflow/steps/at-rest.ts',
        find: "if (each.value === 'late') return",
        replace: "if (each.value === 'late' && asked.length === 0) return",
      },
    ],
  },
  {
    name: 'what a dead process has taken counts as at rest',
    seeds: 20,
    from: 36_005,
    options: { ...AT_REST, process: { kill: 0.006 } },
    patches: [
      {
        file: 'src/engine/workflow/steps/snapshots.ts',
        find: "return quiesce && found.verdict === 'done' ? { verdict: 'partial' } : found;",
        replace: 'return found;',
      },
    ],
  },
  {
    name: 'who sees a volume only since the plan is forgotten',
    seeds: 30,
    from: 37_019,
    // What failed waits to be resumed.
    options: {
      ...AT_REST,
      policies: true,
      clis: 2,
      seers: true,
      copies: { ...AT_REST.copies, quiesce: { ...AT_REST.copies.quiesce, faults: { 'freeze-fails': 0.3 } } },
    },
    patches: [
      {
        file: 'src/engine/workflow/steps/snapshots.ts',
        find: 'const { value, pauses, why = await whoWasAwake(io, args, hosts) } = taken;',
        replace: 'const { value, pauses, why } = taken;\n      void whoWasAwake;',
      },
    ],
  },
];
