import { describe, expect, it } from 'vitest';
import SimServe from '../../src/commands/sim/serve.ts';
import type { ServedFabric, ServeFabrics } from '../../src/engine/operations/simulating.ts';
import { jsonLines, start } from './harness.ts';

const BROCADE: ServedFabric = {
  ...{ fabric: 'fabric-a', vendor: 'brocade', switch: 'fabric-a-sw1', host: '127.0.0.1', sshPort: 2200 },
  ...{ httpsPort: 8443, fingerprint: 'SHA256:abc', configuration: 'PROD' },
};
const CISCO: ServedFabric = {
  ...{ fabric: 'fabric-b', vendor: 'cisco', switch: 'fabric-b-sw1', host: '127.0.0.1', sshPort: 2222, vsan: 20 },
  ...{ fingerprint: 'SHA256:abc' },
};

/** Runs until it serves, and then until Ctrl-C. */
async function served(argv: readonly string[], fabrics = [BROCADE, CISCO]) {
  const asked: ServeFabrics[] = [];
  let closed = 0;
  let isServing = () => {};
  const serving = new Promise<void>((resolve) => {
    isServing = resolve;
  });
  const { interrupt, result } = start(SimServe, argv, {
    serveFabrics: async (options) => {
      asked.push(options);
      setImmediate(isServing);
      return { fabrics, accounts: ['coprhd', 'admin'], close: async () => void (closed += 1) };
    },
  });
  await Promise.race([serving, result]);
  interrupt();
  return { ...(await result), asked, closed: () => closed };
}

describe('coprhd sim serve', () => {
  it('says in a line when it is ready, ends with Ctrl-C, and that is no failure', async () => {
    const { code, stdout, closed } = await served(['--json']);
    expect(code).toBe(0);
    expect(closed()).toBe(1);
    const ready = jsonLines(stdout).find(({ type }) => type === 'sim.serving');
    expect(ready).toMatchObject({ fabrics: [BROCADE, CISCO], accounts: ['coprhd', 'admin'], password: 'simulated' });
  });

  it('prints what to log in with, and the part of a plan file', async () => {
    const { stdout } = await served(['--human', '--password', 'p w']);
    expect(stdout).toContain('ssh -p 2200 admin@127.0.0.1');
    expect(stdout).toContain('accounts  coprhd, admin; password p w');
    expect(stdout).toContain(`networkSystems:
  sw-fabric-a:
    driver: brocade-fos
    endpoint: https://127.0.0.1:8443
    configuration: { user: coprhd }
    credential: vault:switches
    mode: manage
    scope: { fabrics: [fabric-a] }
  sw-fabric-b:
    driver: cisco-mds
    endpoint: ssh://coprhd@127.0.0.1:2222
    configuration: { vsans: [20], user: coprhd }
    credential: vault:switches
    mode: manage
    scope: { fabrics: [fabric-b] }
networks:
  fabric-a: { transport: fc, networkSystem: sw-fabric-a, configuration: PROD }
  fabric-b: { transport: fc, networkSystem: sw-fabric-b, vsan: 20, zoneset: prod }
`);
    expect(stdout).toContain("printf %s 'p w' | coprhd secret set switches");
  });

  it('takes ports by fabric', async () => {
    const flags = ['--cisco', 'b', '--brocade', 'a', '--ssh-port', 'b=2222', '--https-port', 'a=8443'];
    const { asked } = await served(flags);
    const ports = { sshPorts: { b: 2222 }, httpsPorts: { a: 8443 } };
    expect(asked).toMatchObject([{ brocade: ['a'], cisco: ['b'], vsan: 20, zoneMode: 'enhanced', ...ports }]);
    for (const wrong of ['8443', 'a=0', 'a=70000', 'a=x']) {
      expect(await served(['--https-port', wrong])).toMatchObject({ code: 64, asked: [] });
    }
  });
});
