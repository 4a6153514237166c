/** What the `sim` commands share: where the data centre lives, NAME=VALUE words, and what can be edited by hand. */
import * as Flags from '@oclif/core/flags';
import { jsonOrText } from './flags.ts';
import { usageError } from './usage.ts';

export const SIM_DIRECTORY = '.coprhd-sim';

export const directoryFlag = Flags.string({
  summary: 'Directory of the simulated data centre.',
  default: SIM_DIRECTORY,
  env: 'COPRHD_SIM',
  helpValue: 'DIR',
});

/** `name=value` words as an object; a value is JSON where it is JSON, else text; a name without a value is true. */
export function wordsToObject(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at === 0) usageError(`${JSON.stringify(word)} has no name`, 'write NAME=VALUE');
      return at < 0 ? [word, true] : [word.slice(0, at), jsonOrText(word.slice(at + 1))];
    }),
  );
}

const PORT_MAX = 65_535;

/** `fabric-a=8443` words of a flag. */
export function portsOf(flag: string, words: readonly string[] = []): Record<string, number> {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, port] = /^([^=]+)=(\d{1,5})$/.exec(word) ?? [];
      if (name === undefined || Number(port) < 1 || Number(port) > PORT_MAX) {
        usageError(`${flag} ${word} is not FABRIC=PORT`, `write ${flag} fabric-a=8443`);
      }
      return [name, Number(port)];
    }),
  );
}

/** Edits by hand, by what they are done on, with their values; `?` = may be left out. A test holds this against the simulator. */
export const SIM_EDITS: Readonly<Record<'array' | 'fabric' | 'host', Readonly<Record<string, string>>>> = {
  array: {
    'delete-volume': 'volume',
    'rename-volume': 'volume name',
    'resize-volume': 'volume sizeBytes',
    'add-volume': 'name pool sizeBytes provisioning? copyOf?',
    'write-volume': 'volume allocatedBytes',
    'write-content': 'volume content',
    mirror: 'volume does source?',
    'volume-service': 'volume tieringPolicy? iops? bytesPerSecond?',
    'tag-volume': 'volume tag',
    'tag-mask': 'mask tag',
    'add-mask': 'name initiators ports? mappings?',
    'delete-mask': 'mask',
    'add-mapping': 'mask volume hlu',
    'delete-mapping': 'mask hlu',
    'add-initiator': 'mask initiator',
    'remove-initiator': 'mask initiator',
    login: 'initiator ports?',
    logout: 'initiator ports?',
    port: 'port status',
    director: 'director status',
    'port-load': 'port percent',
    'director-load': 'director percent',
    pool: 'pool offlineWhy',
    restart: '',
  },
  fabric: {
    'create-zone': 'zone members configuration? enable?',
    'change-zone': 'zone members enable?',
    'rename-zone': 'zone name enable?',
    'delete-zone': 'zone enable?',
    'create-alias': 'alias members',
    'change-alias': 'alias members enable?',
    'delete-alias': 'alias',
    'create-configuration': 'configuration',
    'delete-configuration': 'configuration',
    'enable-configuration': 'configuration',
    'disable-configuration': '',
    'open-transaction': 'owner',
    'close-transaction': '',
    'default-zone': 'access',
    route: 'to',
  },
  host: {
    'replace-hba': 'hba wwpn?',
    'move-cable': 'port switch switchPort',
  },
};

/** A line an edit. */
export function simEditsText(): string {
  return Object.entries(SIM_EDITS)
    .map(([target, edits]) => {
      const lines = Object.entries(edits).map(([edit, values]) => `  ${edit} ${values}`.trimEnd());
      return [`On ${target === 'array' ? 'an' : 'a'} ${target}:`, ...lines].join('\n');
    })
    .join('\n');
}
