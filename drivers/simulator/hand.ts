/**
 * What a person does on the array behind the back of coprhd, and what happens to arrays: edits without any check of
 * ownership. `coprhd sim edit` and tests use it; the driver never does.
 */
import { sha256Hex } from 'coprhd/driver';
import { z } from 'zod';
import { forgetChanges } from './changes.ts';
import { stopCopy, writeContent } from './copies.ts';
import { checkDirector, setDirectorLoad, setPortLoad, zeroCounters } from './counters.ts';
import { snapshotJobs } from './full-snapshots.ts';
import type { Kv } from './kv.ts';
import { createMask, dropMask, map, portList, setInitiators, unmap } from './masks.ts';
import { follow, pause, split, splitAll } from './mirrors.ts';
import {
  arrays,
  chargePool,
  checkName,
  directors,
  initiatorList,
  initiators,
  invalid,
  maskNames,
  masks,
  pools,
  ports,
  refuse,
  SELF,
  type StoredMask,
  type StoredPort,
  type StoredVolume,
  volumeNames,
  volumes,
  WWPN,
} from './objects.ts';
import { isPortUp } from './san/links.ts';
import { createVolume, dropVolume, moveVolumeName, resizeVolume, stopJob } from './volumes.ts';

const text = z.string().min(1);
const bytes = z.int().nonnegative();
const hlu = z.int().nonnegative();
const percent = z.number().min(0).max(100);

/** `volume` and `mask` are a name or a native id. Sizes in bytes. */
export const handEditSchema = z.discriminatedUnion('edit', [
  /** Its mappings go first, as with an array's "force". */
  z.strictObject({ edit: z.literal('delete-volume'), volume: text }),
  z.strictObject({ edit: z.literal('rename-volume'), volume: text, name: text }),
  /** Up or down. */
  z.strictObject({ edit: z.literal('resize-volume'), volume: text, sizeBytes: bytes }),
  /** A volume without a mark; with `copyOf` an array-made clone, which has the source's tag too. */
  z.strictObject({
    edit: z.literal('add-volume'),
    name: text,
    pool: text,
    sizeBytes: bytes,
    provisioning: z.enum(['thin', 'thick']).default('thin'),
    copyOf: text.optional(),
  }),
  /** A host wrote so much to a thin volume. */
  z.strictObject({ edit: z.literal('write-volume'), volume: text, allocatedBytes: bytes }),
  /** A host wrote the whole of it anew: a word stands for what it holds now. */
  z.strictObject({ edit: z.literal('write-content'), volume: text, content: text }),
  /** `follow` (of `source`) also goes on with what is paused. */
  z.strictObject({
    edit: z.literal('mirror'),
    volume: text,
    does: z.enum(['follow', 'pause', 'split']),
    source: text.optional(),
  }),
  /** What is left out is taken off. */
  z.strictObject({
    edit: z.literal('volume-service'),
    volume: text,
    tieringPolicy: text.optional(),
    iops: z.int().positive().optional(),
    bytesPerSecond: z.int().positive().optional(),
  }),
  /** Any text, or null to take the tag off. */
  z.strictObject({ edit: z.literal('tag-volume'), volume: text, tag: z.string().nullable() }),
  z.strictObject({ edit: z.literal('tag-mask'), mask: text, tag: z.string().nullable() }),
  z.strictObject({
    edit: z.literal('add-mask'),
    name: text,
    initiators: z.array(text),
    /** All of the initiators' kind (iSCSI, FC), when left out. */
    ports: z.array(text).optional(),
    mappings: z.array(z.strictObject({ volume: text, hlu })).default([]),
  }),
  z.strictObject({ edit: z.literal('delete-mask'), mask: text }),
  z.strictObject({ edit: z.literal('add-mapping'), mask: text, volume: text, hlu }),
  z.strictObject({ edit: z.literal('delete-mapping'), mask: text, hlu }),
  z.strictObject({ edit: z.literal('add-initiator'), mask: text, initiator: text }),
  z.strictObject({ edit: z.literal('remove-initiator'), mask: text, initiator: text }),
  /** Through these ports; all that are up, when left out. */
  z.strictObject({ edit: z.literal('login'), initiator: text, ports: z.array(text).optional() }),
  z.strictObject({ edit: z.literal('logout'), initiator: text, ports: z.array(text).optional() }),
  /** Down ends the sessions on it. */
  z.strictObject({ edit: z.literal('port'), port: text, status: z.enum(['up', 'down']) }),
  /** A director (HA domain) with all its ports; sessions go on when it is up again. */
  z.strictObject({ edit: z.literal('director'), director: text, status: z.enum(['up', 'down']) }),
  /** How busy a port is from now on, in percent of its speed; its counters go on from where they are. */
  z.strictObject({ edit: z.literal('port-load'), port: text, percent }),
  /** How busy the processor of a director (HA domain) is from now on, in percent. */
  z.strictObject({ edit: z.literal('director-load'), director: text, percent }),
  /** Offline with a reason, or null for online. */
  z.strictObject({ edit: z.literal('pool'), pool: text, offlineWhy: text.nullable() }),
  /** The array restarts: zeroing jobs are lost where they stand, counters and the log of changes start anew, initiators stay. */
  z.strictObject({ edit: z.literal('restart') }),
]);
export type HandEdit = z.infer<typeof handEditSchema>;

/** Native id of what was made, if anything was. */
export interface HandResult {
  readonly nativeId?: string;
}

function volumeOf(kv: Kv, nameOrId: string): StoredVolume {
  return volumes.need(kv, volumeNames.get(kv, nameOrId) ?? nameOrId);
}

function maskOf(kv: Kv, nameOrId: string): StoredMask {
  return masks.need(kv, maskNames.get(kv, nameOrId) ?? nameOrId);
}

const retag = <T extends { readonly tag?: string }>(object: T, tag: string | null): T => {
  const { tag: _tag, ...rest } = object;
  return (tag === null ? rest : { ...rest, tag }) as T;
};

function addVolume(kv: Kv, edit: Extract<HandEdit, { edit: 'add-volume' }>): HandResult {
  checkName(kv, edit.name);
  const holder = volumeNames.get(kv, edit.name);
  if (holder !== undefined) throw refuse(`name ${edit.name} is taken by ${holder}`, [holder]);
  const { serialNumber, nextVolume } = arrays.need(kv, SELF);
  const wwn = `6${sha256Hex(`${serialNumber}/${nextVolume}`).slice(0, 31)}`;
  const tag = edit.copyOf === undefined ? undefined : volumeOf(kv, edit.copyOf).tag;
  const { name, pool, sizeBytes, provisioning } = edit;
  const made = { name, pool, sizeBytes, provisioning, wwn, serial: wwn.slice(-12) };
  return { nativeId: createVolume(kv, tag === undefined ? made : { ...made, tag: () => tag }).id };
}

function addMapping(kv: Kv, mask: StoredMask, volume: StoredVolume, at: number): StoredMask {
  if (mask.mappings.some((mapping) => mapping.hlu === at || mapping.volume === volume.id)) {
    throw refuse(`mask ${mask.name} has HLU ${at} or volume ${volume.name} already`);
  }
  return map(kv, mask, volume.id, at);
}

const transportOf = (initiator: string) => (WWPN.test(initiator.toLowerCase()) ? 'fc' : 'ip');

function addMask(kv: Kv, edit: Extract<HandEdit, { edit: 'add-mask' }>): HandResult {
  checkName(kv, edit.name);
  const holder = maskNames.get(kv, edit.name);
  if (holder !== undefined) throw refuse(`name ${edit.name} is taken by ${holder}`, [holder]);
  const transports = edit.initiators.map(transportOf);
  const all = ports.list(kv).map((id) => ports.listed(kv, id));
  const usual = () => all.filter(({ transport }) => transports.length === 0 || transports.includes(transport));
  const through = edit.ports ?? usual().map(({ nativeId }) => nativeId);
  let mask = createMask(kv, {
    name: edit.name,
    initiators: initiatorList(edit.initiators),
    ports: portList(kv, through),
  });
  for (const entry of edit.mappings) mask = addMapping(kv, mask, volumeOf(kv, entry.volume), entry.hlu);
  return { nativeId: mask.id };
}

function setSessions(kv: Kv, initiator: string, through: readonly string[]): void {
  const [name] = initiatorList([initiator]) as [string];
  const known = initiators.get(kv, name);
  if (through.length === 0 && known?.mask === undefined) initiators.delete(kv, name);
  else initiators.put(kv, name, { ...known, name, ports: [...new Set(through)].sort() });
}

function setDirector(kv: Kv, edit: Extract<HandEdit, { edit: 'director' }>): void {
  checkDirector(kv, edit.director);
  if (edit.status === 'up') directors.delete(kv, edit.director);
  else directors.put(kv, edit.director, { haDomain: edit.director });
}

function login(kv: Kv, edit: { readonly initiator: string; readonly ports?: readonly string[] | undefined }): void {
  const all = ports.list(kv).map((id) => ports.listed(kv, id));
  const isUp = ({ nativeId }: StoredPort) => isPortUp(kv, nativeId);
  const transport = transportOf(edit.initiator);
  const usual = () => all.filter((port) => port.transport === transport && isUp(port));
  const wanted = edit.ports?.map((name) => ports.need(kv, name)) ?? usual();
  const down = wanted.find((port) => !isUp(port));
  if (down) throw invalid(`port ${down.nativeId} is down`);
  const known = initiators.get(kv, edit.initiator.toLowerCase())?.ports ?? [];
  setSessions(kv, edit.initiator, [...known, ...wanted.map(({ nativeId }) => nativeId)]);
}

function logout(kv: Kv, edit: { readonly initiator: string; readonly ports?: readonly string[] | undefined }): void {
  const known = initiators.need(kv, edit.initiator.toLowerCase());
  setSessions(kv, known.name, edit.ports === undefined ? [] : known.ports.filter((p) => !edit.ports?.includes(p)));
}

function setPort(kv: Kv, edit: Extract<HandEdit, { edit: 'port' }>): void {
  const port = ports.need(kv, edit.port);
  ports.put(kv, edit.port, { ...port, status: edit.status });
  if (edit.status === 'up') return;
  for (const id of initiators.list(kv)) {
    const known = initiators.listed(kv, id);
    if (known.ports.includes(edit.port)) {
      const left = known.ports.filter((name) => name !== edit.port);
      setSessions(kv, known.name, left);
    }
  }
}

function editMirror(kv: Kv, edit: Extract<HandEdit, { edit: 'mirror' }>, nowMs: number): void {
  const volume = volumeOf(kv, edit.volume);
  if (edit.does === 'pause') pause(kv, volume, nowMs);
  else if (edit.does === 'split') split(kv, volume, nowMs);
  else {
    const source = edit.source ?? volume.mirror?.source;
    if (source === undefined) throw invalid('which source?');
    follow(kv, volumeOf(kv, source), split(kv, volume, nowMs), nowMs);
  }
}

function editVolume(kv: Kv, edit: HandEdit, nowMs: number): boolean {
  switch (edit.edit) {
    case 'delete-volume': {
      const volume = volumeOf(kv, edit.volume);
      for (const { mask, hlu: at } of volume.mappings) unmap(kv, masks.need(kv, mask), at);
      dropVolume(kv, splitAll(kv, volume, nowMs));
      return true;
    }
    case 'rename-volume': {
      checkName(kv, edit.name);
      const volume = volumeOf(kv, edit.volume);
      moveVolumeName(kv, volume, edit.name);
      volumes.put(kv, volume.id, { ...volume, name: edit.name });
      return true;
    }
    case 'resize-volume':
      resizeVolume(kv, volumeOf(kv, edit.volume), edit.sizeBytes);
      return true;
    case 'write-volume': {
      const volume = volumeOf(kv, edit.volume);
      if (volume.provisioning === 'thick') throw invalid(`${volume.name} is thick: all of it is allocated`);
      if (edit.allocatedBytes > volume.sizeBytes) throw invalid('more than the volume is large');
      chargePool(kv, volume.pool, {
        allocated: edit.allocatedBytes - volume.allocatedBytes,
        subscribed: 0,
        volumes: 0,
      });
      volumes.put(kv, volume.id, { ...volume, allocatedBytes: edit.allocatedBytes });
      return true;
    }
    case 'write-content':
      writeContent(kv, volumeOf(kv, edit.volume), edit.content, nowMs);
      return true;
    case 'mirror':
      editMirror(kv, edit, nowMs);
      return true;
    case 'volume-service': {
      const { tieringPolicy: _policy, ioLimits: _limits, ...volume } = volumeOf(kv, edit.volume);
      const { tieringPolicy, iops, bytesPerSecond } = edit;
      volumes.put(kv, volume.id, {
        ...volume,
        ...(tieringPolicy === undefined ? {} : { tieringPolicy }),
        ...(iops === undefined && bytesPerSecond === undefined
          ? {}
          : {
              ioLimits: {
                ...(iops === undefined ? {} : { iops }),
                ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
              },
            }),
      });
      return true;
    }
    case 'tag-volume': {
      const volume = volumeOf(kv, edit.volume);
      volumes.put(kv, volume.id, retag(volume, edit.tag));
      return true;
    }
    default:
      return false;
  }
}

function editMask(kv: Kv, edit: HandEdit): boolean {
  switch (edit.edit) {
    case 'tag-mask': {
      const mask = maskOf(kv, edit.mask);
      masks.put(kv, mask.id, retag(mask, edit.tag));
      return true;
    }
    case 'delete-mask':
      dropMask(kv, maskOf(kv, edit.mask));
      return true;
    case 'add-mapping':
      addMapping(kv, maskOf(kv, edit.mask), volumeOf(kv, edit.volume), edit.hlu);
      return true;
    case 'delete-mapping': {
      const mask = maskOf(kv, edit.mask);
      if (!mask.mappings.some((mapping) => mapping.hlu === edit.hlu)) throw invalid(`no HLU ${edit.hlu}`);
      unmap(kv, mask, edit.hlu);
      return true;
    }
    case 'add-initiator': {
      const mask = maskOf(kv, edit.mask);
      setInitiators(kv, mask, initiatorList([...mask.initiators, edit.initiator]));
      return true;
    }
    case 'remove-initiator': {
      const mask = maskOf(kv, edit.mask);
      const name = edit.initiator.toLowerCase();
      if (!mask.initiators.includes(name)) throw invalid(`mask ${mask.name} does not admit ${name}`);
      const left = mask.initiators.filter((admitted) => admitted !== name);
      setInitiators(kv, mask, left);
      return true;
    }
    default:
      return false;
  }
}

/** Refuses only what no array could do (a name taken, a pool overfull, nothing there). */
export function applyHandEdit(kv: Kv, edit: HandEdit, nowMs: number): HandResult {
  if (editVolume(kv, edit, nowMs) || editMask(kv, edit)) return {};
  switch (edit.edit) {
    case 'add-volume':
      return addVolume(kv, edit);
    case 'add-mask':
      return addMask(kv, edit);
    case 'login':
      login(kv, edit);
      break;
    case 'logout':
      logout(kv, edit);
      break;
    case 'port':
      setPort(kv, edit);
      break;
    case 'director':
      setDirector(kv, edit);
      break;
    case 'port-load':
      setPortLoad(kv, edit.port, edit.percent, nowMs);
      break;
    case 'director-load':
      setDirectorLoad(kv, edit.director, edit.percent, nowMs);
      break;
    case 'pool': {
      const { offlineWhy: _why, ...pool } = pools.need(kv, edit.pool);
      pools.put(kv, edit.pool, edit.offlineWhy === null ? pool : { ...pool, offlineWhy: edit.offlineWhy });
      break;
    }
    case 'restart':
      for (const id of volumes.list(kv)) {
        const volume = volumes.listed(kv, id);
        if (volume.job) stopJob(kv, volume, nowMs);
        stopCopy(kv, volumes.listed(kv, id), nowMs);
      }
      for (const id of snapshotJobs.list(kv)) snapshotJobs.forget(kv, id);
      zeroCounters(kv, nowMs);
      forgetChanges(kv);
      break;
  }
  return {};
}
