/** Fabrics once nothing goes on any more: they and the records agree, but for what people have done by hand. */
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import type { SimFabric } from '../world/sim-san.ts';
import type { Monitor } from './monitor.ts';
import { joined } from './zones.ts';

/** `said`: what the last plans have said of exports that are held, or can't be. */
export function checkZonesAtRest(monitor: Monitor, said: string): void {
  for (const fabric of monitor.world.san?.fabrics.values() ?? []) {
    pathsAreOpen(monitor, fabric, said);
    if (monitor.restored) continue;
    recordedIsZoned(monitor, fabric, said);
    zonedIsRecorded(monitor, fabric);
  }
}

/** Addresses of what shows something through the mask. */
function exportsOf(monitor: Monitor, mask: string): string[] {
  const maps = monitor.state.recordsOf<'lunMap'>('lunMap').filter((map) => isLive(map) && map.spec.mask === mask);
  return maps.flatMap(({ spec }) => {
    const record = monitor.state.record(spec.export);
    return record?.owner.type === 'stack' ? [`${record.owner.name}/export.${record.name}`] : [];
  });
}

const isSaidOf = (monitor: Monitor, mask: string, said: string) =>
  exportsOf(monitor, mask).some(
    (address) => said.includes(JSON.stringify(address)) || said.includes(`"all of ${address.split('/')[0]}/"`),
  );

function pathsAreOpen(monitor: Monitor, fabric: SimFabric, said: string): void {
  const zones = fabric.zones().flatMap(({ effective }) => (effective ? [effective] : []));
  for (const { words, mask, claimedBy, ends } of monitor.zones.recordedPaths(fabric)) {
    if (claimedBy !== undefined || joined(zones, ends) || isSaidOf(monitor, mask, said)) continue;
    monitor.world.violate(
      'recorded-paths-are-zoned',
      `path ${words} is in no zone in effect on ${fabric.name}, and no plan says so of ${exportsOf(monitor, mask).join(', ') || 'an export'}`,
    );
  }
}

function recordedIsZoned(monitor: Monitor, fabric: SimFabric, said: string): void {
  const network = monitor.zones.networkOf(fabric)?.urn;
  const zones = new Map(fabric.zones().map((zone) => [zone.name, zone]));
  for (const record of monitor.state.recordsOf<'zone'>('zone')) {
    const { spec } = record as ResourceRecord<'zone'>;
    if (!isLive(record) || spec.network !== network || record.claim || spec.existing) continue;
    if (monitor.zones.touched.has(`${fabric.name}/${spec.zoneName}`)) continue;
    const ports = [...spec.members.map(({ portName }) => portName)].sort().join();
    const there = zones.get(spec.zoneName)?.effective?.join();
    if (there === ports || isSaidOf(monitor, spec.mask, said)) continue;
    monitor.world.violate(
      'zones-are-as-recorded',
      `${record.urn} ${spec.zoneName} is recorded with ${ports}, in effect on ${fabric.name} is ${there ?? 'nothing'}`,
    );
  }
}

function zonedIsRecorded(monitor: Monitor, fabric: SimFabric): void {
  for (const { name, members, effective } of fabric.zones()) {
    if (!monitor.zones.isOurs(fabric.name, name) || monitor.zones.touched.has(`${fabric.name}/${name}`)) continue;
    const record = monitor.zones.recordedZone(fabric, name);
    if (record) continue;
    monitor.world.violate(
      'zones-are-as-recorded',
      `zone ${name} of ${(members ?? effective)?.join(', ')} on ${fabric.name} is ours, and in no record`,
    );
  }
}
