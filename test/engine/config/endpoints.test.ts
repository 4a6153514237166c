/** Endpoints of Fibre Channel networks in plan files: their form, and that a port is in one fabric. */
import { describe, expect, it } from 'vitest';
import { load, nodeOf } from './support.ts';

const [ONE, TWO] = ['50:00:00:00:00:00:00:01', '50:00:00:00:00:00:00:02'];

const fabrics = (a: string, b = '[]', more = '') =>
  `kind: infrastructure\nnetworks:\n  a: { transport: fc, endpoints: ${a} }\n  b: { transport: fc, endpoints: ${b} }\n${more}`;

const complaints = (text: Parameters<typeof load>[0]) =>
  load(text).diagnostics.map(({ code, summary, span, detail }) => ({ code, summary, at: span?.line, detail }));

describe('endpoints of a network', () => {
  it('are WWPNs with or without colons, in any case, and the order in a file is kept for its places only', () => {
    const result = load(fabrics('["5000000000000001", "50:00:00:00:00:00:00:0A"]'));
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'network.a').spec).toEqual({
      transport: 'fc',
      subnets: [],
      endpoints: [ONE, '50:00:00:00:00:00:00:0a'],
    });
  });

  it('are of Fibre Channel only, and well formed', () => {
    const ip = `kind: infrastructure\nnetworks:\n  lan: { transport: ip, subnets: [10.0.0.0/24], endpoints: [${ONE}] }\n`;
    expect(complaints(ip)).toMatchObject([
      { code: 'COPRHD-CONFIG-004', summary: expect.stringContaining('an IP network has no endpoints') },
    ]);
    expect(complaints(fabrics('["50:00"]'))).toMatchObject([{ code: 'COPRHD-CONFIG-004', at: 3 }]);
    const both = 'kind: infrastructure\nnetworks:\n  a: { transport: fc, subnets: [10.0.0.0/24] }\n';
    expect(complaints(both)).toMatchObject([
      { summary: expect.stringContaining('a Fibre Channel network has no subnets') },
    ]);
  });

  it('are named once: both places are told, in one network, in two, and in two files', () => {
    expect(complaints(fabrics(`["${ONE}", "${TWO}", "${ONE.toUpperCase()}"]`))).toEqual([
      {
        code: 'COPRHD-CONFIG-006',
        summary: `network.a has the endpoint ${ONE} twice`,
        at: 3,
        detail: expect.stringMatching(/^It stands at .*:3:\d+\.$/),
      },
    ]);
    expect(complaints(fabrics(`["${ONE}"]`, `["${ONE}"]`))).toEqual([
      {
        code: 'COPRHD-CONFIG-006',
        summary: `the endpoint ${ONE} of network.b is one of network.a too`,
        at: 4,
        detail: expect.stringMatching(/:3:\d+\. A port is in one fabric\.$/),
      },
    ]);
    const other = `kind: infrastructure\nstack: other\nnetworks:\n  c: { transport: fc, endpoints: ["${ONE}"] }\n`;
    const texts = [
      { file: 'one.yaml', text: fabrics(`["${ONE}"]`) },
      { file: 'two.yaml', text: other },
    ];
    expect(complaints(texts)).toMatchObject([
      { code: 'COPRHD-CONFIG-006', detail: expect.stringContaining('one.yaml:3') },
    ]);
  });

  it('agree with the network that an initiator names', () => {
    const host = (network: string) =>
      `hosts:\n  h: { type: linux, initiators: [{ wwpn: "${ONE}", network: ${network} }] }\n`;
    expect(complaints(fabrics(`["${ONE}"]`, '[]', host('a')))).toEqual([]);
    expect(complaints(fabrics(`["${TWO}"]`, '[]', host('b')))).toEqual([]);
    expect(complaints(fabrics(`["${ONE}"]`, '[]', host('b')))).toEqual([
      {
        code: 'COPRHD-CONFIG-006',
        summary: `the initiator ${ONE} of host.h is in network "b", and an endpoint of network.a`,
        at: 6,
        detail: expect.stringContaining(':3:'),
      },
    ]);
  });
});
