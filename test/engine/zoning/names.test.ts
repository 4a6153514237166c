import { describe, expect, it } from 'vitest';
import { checkNameTemplate, filledIn, parseNameTemplate } from '../../../src/engine/zoning/name-template.ts';
import { isNamedFor, isOurAlias, portAliasName, zoneName } from '../../../src/engine/zoning/names.ts';
import { ModelFabric } from './model-fabric.ts';
import { contextOf, initiator, masked, port } from './support.ts';

const VARIABLES = { hostName: 'esx-1', hbaPortWwn: '1000000000010002', arrayPortName: 'FA-1D:4' };

function filled(template: string): string {
  const parsed = parseNameTemplate(template);
  if (!parsed.ok) throw new Error(parsed.why);
  return filledIn(parsed.parts, VARIABLES);
}

describe('templates', () => {
  it.each([
    ['{hostName}', 'esx-1'],
    ['z_{hostName.FIRST(3)}_{hbaPortWwn.LAST(4)}', 'z_esx_0002'],
    ['{host_name}_{hba_port_wwn.LAST(2)}', 'esx-1_02'],
    ['{arrayPortName.REPLACE("-", "").REPLACE(:,_).LOWER()}', 'fa1d_4'],
    ['{hostName.UPPER().REPLACE("-", "$&")}', 'ESX$&1'],
    ['{hostName.TRIM("e").TRIM(1)}', 'sx-'],
    ['{arraySerialNumber}x', 'x'],
  ])('%s is %s', (template, text) => {
    expect(checkNameTemplate(template)).toBeUndefined();
    expect(filled(template)).toBe(text);
  });

  it.each([
    ['', 'it is empty'],
    ['{hostName', '"{hostName" has no closing }'],
    ['{host}', 'there is no {host}; there are hostName, hbaPortWwn,'],
    ['{hostName.FIRST()}', 'FIRST takes a number of characters, not ()'],
    ['{hostName.FIRST(0)}', 'FIRST takes a number of characters, not (0)'],
    ['{hostName.FIRST(1,2)}', 'FIRST takes a number of characters, not (1,2)'],
    ['{hostName.LEFT(3)}', 'there is no function LEFT; there are FIRST, LAST, REPLACE, TRIM, UPPER, LOWER'],
    ['{hostName.UPPER}', '".UPPER" after hostName is no function such as .FIRST(8)'],
    ['{hostName.UPPER(1)}', 'UPPER takes nothing, not (1)'],
    ['{hostName.REPLACE("-" "_")}', 'REPLACE takes two texts, as in REPLACE("-", "_"), not ("-" "_")'],
    ['{hostName.REPLACE("","_")}', 'REPLACE takes two texts'],
    ['({hostName}).TRIM("_")', '"(" has a bracket; variables and their functions are within { }'],
    ['a}b', '"a}b" has a bracket'],
    ['x'.repeat(600), 'it has 600 characters; at most 512 are taken'],
  ])('%s is refused', (template, why) => {
    expect(checkNameTemplate(template)).toContain(why);
  });
});

const context = contextOf(new ModelFabric().seen());
const mask = masked(1, 2, [[0, 3]]);
const [path] = mask.paths;
const free = () => false;
const pair = { style: 'pair', initiator: initiator(1, 0), port: path! } as const;

describe('names of zones', () => {
  it("are by CoprHD's template, and end with a hash", () => {
    expect(zoneName(context, mask, pair, free)).toMatch(/^SDS_esx_1_000000010000_0122_FA3D_03_[0-9a-f]{8}$/);
    expect(zoneName(context, mask, { style: 'peer' }, free)).toMatch(/^SDS_esx_1_0122_[0-9a-f]{8}$/);
  });

  it('keep their digits on a device whose names begin with a letter', () => {
    const driver = { ...context.driver, nameAlphabet: '^[A-Za-z][A-Za-z0-9_-]*$' };
    expect(zoneName({ ...context, driver }, mask, pair, free)).toMatch(
      /^SDS_esx-1_000000010000_0122_FA3D_03_[0-9a-f]{8}$/,
    );
  });

  it('are cut before the hash, which stays whole', () => {
    const long = { ...mask, host: 'a-host-with-a-name-of-more-than-thirty-two-characters' };
    const short = zoneName(context, mask, pair, free);
    const name = zoneName(context, long, pair, free);
    expect(name).toHaveLength(64);
    expect(name.slice(-9)).toBe(short.slice(-9));
  });

  it('are of what the device takes, and begin with a letter', () => {
    const policy = { nameTemplate: '{arrayPortWwn.LAST(4)}-ä {hostName}' };
    const name = zoneName({ ...context, policy }, { ...mask, host: 'ö;rm -rf$(x)' }, pair, free);
    expect(name).toMatch(/^z_0003_rm_rf_x_[0-9a-f]{8}$/);
  });

  it('are the next of a row where one is taken', () => {
    const first = zoneName(context, mask, pair, free);
    const second = zoneName(context, mask, pair, (name) => name === first);
    expect(second.slice(0, -8)).toBe(first.slice(0, -8));
    expect(second).not.toBe(first);
    expect([first, second].map((name) => isNamedFor(context, mask.mask, pair, name))).toEqual([true, true]);
  });

  it('differ by installation, mask, style and pair', () => {
    const names = [
      zoneName(context, mask, pair, free),
      zoneName({ ...context, installation: 'another' }, mask, pair, free),
      zoneName(context, masked(1, 3, []), pair, free),
      zoneName(context, mask, { ...pair, style: 'single-initiator' }, free),
      zoneName(context, mask, { ...pair, initiator: initiator(1, 1) }, free),
      zoneName(context, mask, { ...pair, port: { ...path!, port: port(2, 4) } }, free),
    ];
    expect(new Set(names.map((name) => name.slice(-8))).size).toBe(6);
  });
});

describe('names of aliases', () => {
  const alias = portAliasName(context, mask, path!, free);

  it('of a port are the same in the masks of all hosts', () => {
    expect(alias).toMatch(/^SDS_array_2_0122_FA3D_03_[0-9a-f]{8}$/);
    expect(portAliasName(context, masked(7, 2, []), path!, free)).toBe(alias);
  });

  it('are known as ours for their WWPN and installation only', () => {
    expect(isOurAlias(context.installation, alias, path!.port)).toBe(true);
    expect(isOurAlias('another', alias, path!.port)).toBe(false);
    expect(isOurAlias(context.installation, alias, port(2, 4))).toBe(false);
    expect(isOurAlias(context.installation, 'array_2_port', path!.port)).toBe(false);
  });
});
