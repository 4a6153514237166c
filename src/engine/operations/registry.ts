/**
 * Every operation by name, each loaded when it is first called: most commands need little of the engine, and start-up
 * time is what people feel first.
 */
import type { Call } from './engine.ts';
import type { InputOf, OperationName, ResultOf } from './types.ts';

export type Run<N extends OperationName> = (call: Call, input: InputOf<N>) => Promise<ResultOf<N>>;

/** What needs no state. */
export type StatelessOperation = 'driver.list' | 'sim' | 'fmt' | 'schema';

/** `init` and `state.import` make the state themselves (local-client.ts). */
export type StatefulOperation = Exclude<OperationName, StatelessOperation | 'init' | 'state.import'>;

type Loaders = { readonly [N in StatefulOperation]: () => Promise<Run<N>> };

const LOADERS: Loaders = {
  validate: async () => (await import('./checking.ts')).validate,
  plan: async () => (await import('./checking.ts')).plan,
  output: async () => (await import('./outputs.ts')).output,
  apply: async () => (await import('./apply.ts')).apply,
  destroy: async () => (await import('./one-shot.ts')).destroy,
  undelete: async () => (await import('./one-shot.ts')).undelete,
  purge: async () => (await import('./one-shot.ts')).purge,
  'snapshot.take': async () => (await import('./copies.ts')).snapshotTake,
  'snapshot.run': async () => (await import('./snapshot-run.ts')).snapshotRun,
  'volume.candidates': async () => (await import('./volume-candidates.ts')).volumeCandidates,
  'copy.make': async () => (await import('./copies.ts')).copyMake,
  'copy.list': async () => (await import('./mirror-states.ts')).copyList,
  'copy.states': async () => (await import('./mirror-states.ts')).copyStates,
  'copy.invoke': async () => (await import('./copies.ts')).copyInvoke,
  'path.rebalance': async () => (await import('./path-adjusting.ts')).pathRebalance,
  'port.replace': async () => (await import('./path-adjusting.ts')).portReplace,
  import: async () => (await import('./one-shot.ts')).importOne,
  'resource.create': async () => (await import('./by-name.ts')).resourceCreate,
  'resource.remove': async () => (await import('./by-name.ts')).resourceRemove,
  'resource.list': async () => (await import('./by-name.ts')).resourceList,
  'resource.tag': async () => (await import('./tagging.ts')).resourceTag,
  'resource.change': async () => (await import('./change-by-name.ts')).resourceChange,
  'user.initialise': async () => (await import('./passwords.ts')).userInitialise,
  'user.list': async () => (await import('./passwords.ts')).userList,
  'user.password': async () => (await import('./passwords.ts')).userPassword,
  'user.login': async () => (await import('./logins.ts')).userLogin,
  'user.check': async () => (await import('./logins.ts')).userCheck,
  'user.logout': async () => (await import('./logins.ts')).userLogout,
  'user.logout-other': async () => (await import('./logins.ts')).userLogoutOther,
  'user.proxy-token': async () => (await import('./logins.ts')).userProxyToken,
  'user.lockouts': async () => (await import('./passwords.ts')).userLockouts,
  'user.unlock': async () => (await import('./passwords.ts')).userUnlock,
  'daemon.settings': async () => (await import('./daemon-settings.ts')).daemonSettings,
  'daemon.configure': async () => (await import('./daemon-settings.ts')).daemonConfigure,
  'daemon.identity': async () => (await import('./daemon-settings.ts')).daemonIdentity,
  'record.find': async () => (await import('./record-finding.ts')).recordFind,
  'import.match': async () => (await import('./import-match.ts')).importMatch,
  'foreign.list': async () => (await import('./foreign-seen.ts')).foreignList,
  'foreign.adopt': async () => (await import('./adopting.ts')).foreignAdopt,
  show: async () => (await import('./showing.ts')).show,
  drift: async () => (await import('./looking.ts')).drift,
  discover: async () => (await import('./looking.ts')).discover,
  'discover.metrics': async () => (await import('./sampling.ts')).discoverMetrics,
  'network.fabrics': async () => (await import('./reaching.ts')).networkFabrics,
  'network.reach': async () => (await import('./reaching.ts')).networkReach,
  complete: async () => (await import('./completing.ts')).complete,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'port.list': async () => (await import('./ports.ts')).portList,
  'path.list': async () => (await import('./path-listing.ts')).pathList,
  topo: async () => (await import('./topology.ts')).topo,
  'access.report': async () => (await import('./access-report.ts')).accessReport,
  'pool.list': async () => (await import('./pools.ts')).poolList,
  'pool.fit': async () => (await import('./pools.ts')).poolFit,
  capacity: async () => (await import('./pools.ts')).capacity,
  'capacity.forecast': async () => (await import('./forecasting.ts')).capacityForecast,
  'reclaim.report': async () => (await import('./reclaiming.ts')).reclaimReport,
  audit: async () => (await import('./estate-audit.ts')).estateAudit,
  orphans: async () => (await import('./orphaned.ts')).orphans,
  'zone.list': async () => (await import('./zones.ts')).zoneList,
  'zone.show': async () => (await import('./zones.ts')).zoneShow,
  'zone.diff': async () => (await import('./zone-checking.ts')).zoneDiff,
  'zone.verify': async () => (await import('./zone-checking.ts')).zoneVerify,
  'task.list': async () => (await import('./tasks.ts')).taskList,
  'task.show': async () => (await import('./tasks.ts')).taskShow,
  'task.follow': async () => (await import('./task-following.ts')).taskFollow,
  'task.settle': async () => (await import('./task-settling.ts')).taskSettle,
  'task.watch': async () => (await import('./task-watching.ts')).taskWatch,
  'task.suspend': async () => (await import('./task-stopping.ts')).taskSuspend,
  'task.cancel': async () => (await import('./task-stopping.ts')).taskCancel,
  'task.resume': async () => (await import('./task-deciding.ts')).taskResume,
  'task.rollback': async () => (await import('./task-deciding.ts')).taskRollback,
  resolve: async () => (await import('./resolving.ts')).resolve,
  'claim.list': async () => (await import('./claims.ts')).claimList,
  'claim.show': async () => (await import('./claims.ts')).claimShow,
  'claim.break': async () => (await import('./claims.ts')).claimBreak,
  history: async () => (await import('./past.ts')).history,
  freeze: async () => (await import('./freezing.ts')).freezeAll,
  thaw: async () => (await import('./freezing.ts')).thawAll,
  recover: async () => (await import('./recovering.ts')).recover,
  explain: async () => (await import('./explaining.ts')).explain,
  graph: async () => (await import('./graphing.ts')).graph,
  'why-not': async () => (await import('./why-not.ts')).whyNot,
  whatif: async () => (await import('./whatif.ts')).whatIf,
  'state.list': async () => (await import('./showing.ts')).stateList,
  'state.show': async () => (await import('./showing.ts')).stateShow,
  'state.export': async () => (await import('./transferring.ts')).stateExport,
  'device.add': async () => (await import('./device-adding.ts')).deviceAdd,
  'device.scan': async () => (await import('./device-scan.ts')).deviceScan,
  'device.list': async () => (await import('./device-operations.ts')).deviceList,
  'device.trust': async () => (await import('./device-trust.ts')).deviceTrust,
  'device.register': async () => (await import('./registering.ts')).deviceRegister,
  'device.deregister': async () => (await import('./registering.ts')).deviceDeregister,
  'pool.register': async () => (await import('./registering.ts')).poolRegister,
  'pool.deregister': async () => (await import('./registering.ts')).poolDeregister,
  'port.register': async () => (await import('./registering.ts')).portRegister,
  'port.deregister': async () => (await import('./registering.ts')).portDeregister,
  'device.maintenance': async () => (await import('./maintaining.ts')).deviceMaintenance,
  'device.rotate': async () => (await import('./device-rotation.ts')).deviceRotate,
  'device.review': async () => (await import('./device-review.ts')).deviceReview,
  'secret.init': async () => (await import('./secrets.ts')).secretInit,
  'secret.set': async () => (await import('./secrets.ts')).secretSet,
  'secret.list': async () => (await import('./secrets.ts')).secretList,
  'secret.remove': async () => (await import('./secrets.ts')).secretRemove,
  'secret.rotate': async () => (await import('./secrets.ts')).secretRotate,
};

/** An import costs each time that it is awaited, also of what is there: what was loaded is kept. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

export const OPERATIONS = Object.fromEntries(
  Object.entries(LOADERS).map(([name, load]) => [name, once(load as () => Promise<unknown>)]),
) as Loaders;

type Stateless<N extends OperationName> = (input: InputOf<N>) => Promise<ResultOf<N>>;

export const STATELESS: { readonly [N in StatelessOperation]: () => Promise<Stateless<N>> } = {
  'driver.list': async () => (await import('./device-operations.ts')).driverList,
  sim: async () => (await import('./simulating.ts')).sim,
  fmt: async () => (await import('./formatting.ts')).fmt,
  schema: async () => (await import('./formatting.ts')).schema,
};
