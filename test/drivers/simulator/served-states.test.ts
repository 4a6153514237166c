/** Fabrics of the simulated SAN as Brocade and MDS switches have them: built from the SAN, and with the zoning of an earlier time. */
import { describe, expect, it } from 'vitest';
import type { SanOperations } from '../../../drivers/simulator/san/core.ts';
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import { createMemorySan } from '../../../drivers/simulator/san/memory.ts';
import { brocadeState, withBrocadeZoning } from '../../../drivers/simulator/serve/brocade-state.ts';
import { ciscoState, withCiscoZoning } from '../../../drivers/simulator/serve/cisco-state.ts';
import { parseText, textOf } from '../../../drivers/simulator/serve/keeping.ts';

const HBA = '10:00:00:00:00:00:01:0a';
const PORT = '50:00:00:00:00:00:00:01';
const at = (name: string, port: number) => ({ fabric: 'fa', switch: name, port });

const newSan = () => {
  const san = createMemorySan({
    topology: {
      fabrics: [
        {
          name: 'fa',
          switches: [
            { name: 'sw1', domain: 1, ports: 16 },
            { name: 'sw2', domain: 7, ports: 128 },
          ],
        },
      ],
      hosts: [
        {
          name: 'h1',
          iqn: 'iqn.2026-01.io.coprhd:h1',
          hbas: [{ name: 'hba0', wwpn: HBA, wwnn: '20:00:00:00:00:00:01:0a', to: at('sw2', 50) }],
        },
        {
          name: 'h2',
          iqn: 'iqn.2026-01.io.coprhd:h2',
          hbas: [{ name: 'hba0', wwpn: '10:00:00:00:00:00:02:0a', wwnn: '20:00:00:00:00:00:02:0a', to: at('sw1', 3) }],
        },
      ],
    },
    sleep: async () => {},
  });
  const ask = <K extends keyof SanOperations>(
    operation: K,
    args: SanOperations[K]['args'],
  ): SanOperations[K]['value'] => {
    const answer = san.handle({ operation, args, nowMs: 0 } as never) as never as { ok: boolean; value: never };
    if (!answer.ok) throw new Error(JSON.stringify(answer));
    return answer.value;
  };
  const edit = (what: FabricEdit) => ask('editFabric', { fabric: 'fa', edit: what });
  edit({ edit: 'create-alias', alias: 'h1_hba0', members: [HBA] });
  edit({ edit: 'create-zone', zone: 'one', members: ['h1_hba0', PORT], configuration: 'prod', enable: false });
  edit({ edit: 'enable-configuration', configuration: 'prod' });
  edit({ edit: 'create-zone', zone: 'draft', members: [HBA, '1,3'], configuration: 'prod', enable: false });
  return { ask, edit, facts: () => ask('fabricFacts', { fabric: 'fa' }) };
};

const ACCOUNTS = [{ user: 'admin', password: 'p', role: 'admin' }] as const;
const PLAN = { vsan: 20, mode: 'enhanced' } as const;

describe('as a Brocade fabric', () => {
  it('has its switches, who is logged in and where, what is saved and what is in effect', () => {
    const { facts } = newSan();
    const [fabric] = brocadeState(facts(), ACCOUNTS).fabrics;
    expect(fabric).toMatchObject({ principalDomain: 1, defaultZone: 'no-access' });
    expect(fabric!.switches.map(({ name, domain }) => [name, domain])).toEqual([
      ['sw1', 1],
      ['sw2', 7],
    ]);
    const [, director] = fabric!.switches;
    expect(director!.ports[0]).toMatchObject({
      index: 50,
      slot: 2,
      port: 2,
      logins: [{ wwpn: HBA, role: 'initiator' }],
    });
    expect(director!.ports.at(-1)).toMatchObject({ peer: { name: 'sw1', upstream: true } });
    expect([...fabric!.defined.cfgs]).toEqual([['prod', ['draft', 'one']]]);
    expect(fabric!.defined.zones.get('one')).toMatchObject({ kind: 'standard', members: [PORT, 'h1_hba0'] });
    expect([...fabric!.effective!.zones].map(([name, { members }]) => [name, members])).toEqual([['one', [HBA, PORT]]]);
    expect(fabric!.effective!.cfg).toBe('prod');
  });

  it('served again has the zones that it had then, and the cables of now', () => {
    const { facts, ask } = newSan();
    const first = brocadeState(facts(), ACCOUNTS);
    const kept = {
      ...first,
      restSessions: [{ token: 'Custom_Basic x', user: 'admin' }],
      fabrics: first.fabrics.map((fabric) => ({
        ...fabric,
        defined: { ...fabric.defined, cfgs: new Map([['other', ['one']]]) },
      })),
    };
    ask('breakSan', { fault: 'host-off', host: 'h1' });
    const again = withBrocadeZoning(brocadeState(facts(), ACCOUNTS), parseText(textOf(kept)) as typeof kept);
    expect([...again.fabrics[0]!.defined.cfgs.keys()]).toEqual(['other']);
    expect(again.restSessions).toEqual([]);
    expect(JSON.stringify(again.fabrics[0]!.switches)).not.toContain(HBA);
  });
});

describe('as a Cisco fabric', () => {
  it('is one VSAN of all switches, with who is logged in and where, the full and the active zone set', () => {
    const state = ciscoState(newSan().facts(), PLAN);
    expect(state.vsans.map(({ id, mode }) => [id, mode])).toEqual([
      [1, 'basic'],
      [20, 'enhanced'],
    ]);
    expect(state.logins.find(({ wwpn }) => wwpn === HBA)).toMatchObject({
      ...{ vsan: 20, switch: 'sw2', interface: 'fc2/3', fcid: '0x070032', feature: 'init', online: true },
    });
    expect(state.links).toHaveLength(1);
    const { db, defaultZone } = state.switches[1]!.zoning[20]!;
    expect(defaultZone).toBe('deny');
    expect(db.zonesets).toEqual([{ name: 'prod', zones: ['draft', 'one'] }]);
    expect(db.fcaliases).toEqual([{ name: 'h1_hba0', members: [{ kind: 'pwwn', wwn: HBA }] }]);
    expect(db.zones.find(({ name }) => name === 'draft')?.members).toEqual([
      { kind: 'interface', interface: 'fc1/4', domainId: 1 },
      { kind: 'pwwn', wwn: HBA },
    ]);
    expect(state.vsans[1]!.active).toEqual({
      name: 'prod',
      zones: [
        {
          name: 'one',
          members: [
            { kind: 'pwwn', wwn: HBA },
            { kind: 'pwwn', wwn: PORT },
          ],
        },
      ],
    });
  });

  it('served again has the zones and the session that it had then, and the cables of now', () => {
    const { facts, ask } = newSan();
    const kept = ciscoState(facts(), PLAN);
    kept.switches[0]!.zoning[20]!.db.zones.push({ name: 'made_later', members: [] });
    const { db, defaultZone } = kept.switches[0]!.zoning[20]!;
    kept.vsans[1]!.session = { user: 'admin', switch: 'sw1', pending: { db, defaultZone, smartZoning: false } };
    ask('breakSan', { fault: 'host-off', host: 'h1' });
    const again = withCiscoZoning(ciscoState(facts(), PLAN), parseText(textOf(kept)) as typeof kept);
    expect(again.switches[0]!.zoning[20]!.db.zones.map(({ name }) => name)).toContain('made_later');
    expect(again.vsans[1]!.session?.user).toBe('admin');
    expect(again.logins.map(({ wwpn }) => wwpn)).toEqual(['10:00:00:00:00:00:02:0a']);
  });
});
