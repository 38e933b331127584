import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check.ts';
import type { Config } from '../../src/config/config.ts';
import { configText, writtenForm } from '../../src/config/print.ts';
import { configFile, GRAPH, TENANT, temporaryFiles } from './temporary.ts';

function load(text: string, env: NodeJS.ProcessEnv = {}): Config {
  const { config, problems } = checkConfig(configFile(text), env);
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
}

const FULL = `
agent: { name: gateway-1 }
control: { listen: ["unix:/run/otherleg/control.sock", "http://[::1]:7741"] }
http: { listen: http://localhost:9464 }
devices:
  - { name: a, timeZone: UTC, tenantId: ${TENANT}, linkSpeed: 2.5Gbit/s, match: { uris: ["sip:*"] }, sources: [webrtc] }
sources: { getstats: { enabled: false }, webrtc: { maximumSessions: 2 } }
sampling: { interval: 60s }
legs: { idleEnd: 90m, uncontrolledIdleEnd: 1m30s }
graph:
  cloud: usgov
  apiVersion: beta
  baseUrl: https://proxy.example.com/graph/
  auth: { kind: secret, tenantId: ${TENANT}, clientId: ${TENANT}, clientSecret: "\${env:SECRET}" }
report: { addresses: omit, pacedJitter: omit, cloudService: { instance: b } }
delivery: { firstRetry: 500ms, userAgent: "contoso/{version}" }
drain: { legs: close, deadline: 1s }
store: { url: "sqlite:/var/lib/x.db" }
retention: { days: 7 }
log: { level: debug }
`;

describe('a printed configuration', () => {
  it.each([
    ['the least', GRAPH],
    ['a full one', FULL],
  ])('of %s is the same when it is loaded again', (_, text) => {
    const env = { SECRET: 'hunter2' };
    const first = load(text, env);
    const again = load(configText(first), env);
    expect(JSON.stringify(again)).toBe(JSON.stringify(first));
    expect(configText(again)).toBe(configText(first));
  });

  it('shows values as they are written, and references in place of secrets', () => {
    expect(writtenForm(load(FULL, { SECRET: 'hunter2' }))).toMatchObject({
      control: { listen: ['unix:/run/otherleg/control.sock', 'http://[::1]:7741'] },
      http: { listen: ['http://localhost:9464'] },
      devices: [{ linkSpeed: '2500Mbit/s' }],
      sampling: { interval: '1m' },
      legs: { idleEnd: '90m', uncontrolledIdleEnd: '90s' },
      graph: { baseUrl: 'https://proxy.example.com/graph', auth: { clientSecret: `\${env:SECRET}` } },
      delivery: { firstRetry: '500ms', maximumRetry: '15m' },
      store: { url: 'sqlite:/var/lib/x.db' },
    });
  });

  it('never shows the secret, and leaves out what is not set', () => {
    const text = configText(load(FULL, { SECRET: 'hunter2' }));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('room');
  });

  it('shows devices of included files in their place', () => {
    const folder = temporaryFiles({
      'otherleg.yaml': `${GRAPH}devices: { include: d.yaml }\n`,
      'd.yaml': 'name: a\nmatch: { uris: [x] }\n',
    });
    const { config } = checkConfig(`${folder}/otherleg.yaml`, {});
    expect(config && writtenForm(config)).toMatchObject({ devices: [{ name: 'a' }] });
  });
});
