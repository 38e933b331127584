import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfig } from '../../src/config/check.ts';
import { problemText } from '../../src/config/problem.ts';
import { configFile, GRAPH, TENANT, temporaryFiles } from './temporary.ts';

/** The least file of docs/configuration.md and of the contract. */
const LEAST = `
control: { listen: "http://127.0.0.1:7741" }          # or "unix:/run/otherleg/control.sock" (mode 0600)
store:   { url: "sqlite:./otherleg.db" }
graph:   { baseUrl: "http://127.0.0.1:9000", apiVersion: v1.0, auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }
devices: [ { name: Boardroom, description: "Bldg 30/21", match: { addresses: ["10.1.0.0/16"], uris: ["sip:boardroom@example.com"] } } ]
sampling: { interval: 5s }
callRecords: { enabled: false, delay: 15m }            # delay: first try after the leg's end
`;

const checked = (text: string, env: NodeJS.ProcessEnv = {}) => checkConfig(configFile(text), env);

describe('checkConfig', () => {
  it('makes one value with every default of the least file', () => {
    const { config, problems, warnings } = checked(LEAST);
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(config).toEqual({
      agent: { name: hostname() },
      control: { listen: [{ kind: 'tcp', host: '127.0.0.1', port: 7741 }], insecure: false },
      http: { insecure: false },
      devices: [
        {
          name: 'Boardroom',
          description: 'Bldg 30/21',
          match: { addresses: ['10.1.0.0/16'], uris: ['sip:boardroom@example.com'] },
        },
      ],
      sources: {
        capture: {
          enabled: false,
          interface: 'any',
          tool: 'auto',
          tunnels: false,
          sip: { enabled: true, ports: [5060] },
        },
        getstats: { enabled: true },
        webrtc: { enabled: true, maximumSessions: 8 },
      },
      sampling: { interval: 5 },
      legs: { idleEnd: 7200, uncontrolledIdleEnd: 300 },
      graph: {
        cloud: 'global',
        apiVersion: 'v1.0',
        baseUrl: 'http://127.0.0.1:9000',
        auth: { kind: 'none', tenantId: TENANT },
      },
      report: { addresses: 'full', pacedJitter: 'send', cloudService: {} },
      delivery: {
        firstRetry: 1,
        maximumRetry: 900,
        maximumAge: 604_800,
        concurrency: 8,
        userAgent: expect.stringMatching(/^otherleg\/\d+\.\d+\.\d+/),
        identityWait: 86_400,
      },
      drain: { legs: 'keep', deadline: 25 },
      callRecords: { enabled: false, delay: 900 },
      verdict: {
        thresholds: {
          poor: { loss: 0.1, roundTrip: 0.5, audioJitter: 0.03, videoFrameRate: 7, silence: 15 },
          fair: { loss: 0.01, roundTrip: 0.3, lossMaximum: 0.1 },
          inARow: 15,
        },
      },
      webex: { enabled: false, baseUrl: 'https://analytics.webexapis.com' },
      store: {
        url: { engine: 'sqlite', path: './otherleg.db' },
        local: { engine: 'sqlite', path: './otherleg.db' },
      },
      retention: { days: 30 },
      privacy: { addresses: 'full', keepParticipants: false },
      log: { level: 'info' },
    });
  });

  it('freezes it to the ground', () => {
    const { config } = checked(LEAST);
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(config)).toBe(true);
  });

  it('takes an empty section for one of defaults', () => {
    const { config, problems } = checked(`${GRAPH}log:\nreport:\n  cloudService:\n`);
    expect(problems).toEqual([]);
    expect(config?.log.level).toBe('info');
  });

  it('reads link speeds as octets per second and GUIDs in lower case', () => {
    const device = `{ name: a, match: { uris: [a] }, linkSpeed: 100Mbit/s, tenantId: ABCDEF00-0000-0000-0000-000000000001 }`;
    const { config } = checked(`${GRAPH}devices: [${device}]\n`);
    expect(config?.devices[0]).toMatchObject({
      linkSpeed: 12_500_000,
      tenantId: 'abcdef00-0000-0000-0000-000000000001',
    });
  });

  it('knows anchors', () => {
    const { config } = checked(
      `${GRAPH}devices:\n  - { name: a, match: &match { uris: [x] } }\n  - { name: b, match: *match }\n`,
    );
    expect(config?.devices.map(({ match }) => match.uris)).toEqual([['x'], ['x']]);
  });

  it('warns of nothing where all has its effect', () => {
    const { config, warnings } = checked(
      `${GRAPH}callRecords: { enabled: true }\nprivacy: { addresses: masked, keepParticipants: true }\n`,
    );
    expect(config?.callRecords.enabled).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('says that there is no file, or that it cannot be read', () => {
    const folder = temporaryFiles({});
    const told = (path: string) => checkConfig(path, {}).problems.map(problemText);
    expect(told(join(folder, 'none.yaml'))).toEqual([`${join(folder, 'none.yaml')}: there is no such file`]);
    expect(told(folder)).toEqual([`${folder}: cannot be read: EISDIR`]);
  });
});

describe('devices.include', () => {
  const main = `${GRAPH}devices: { include: devices.d/*.yaml }\n`;
  const device = (name: string): string => `{ name: ${name}, match: { uris: [${name}] } }`;

  it('takes lists and single devices, by name of their files', () => {
    const folder = temporaryFiles({
      'otherleg.yaml': main,
      'devices.d/20.yaml': `- ${device('c')}\n`,
      'devices.d/10.yaml': `- ${device('a')}\n- ${device('b')}\n`,
      'devices.d/30.yaml': `name: d\nmatch: { addresses: ["::1"] }\n`,
      'devices.d/40.txt': 'not this one',
    });
    const { config, problems } = checkConfig(join(folder, 'otherleg.yaml'), {});
    expect(problems).toEqual([]);
    expect(config?.devices.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(Object.isFrozen(config?.devices)).toBe(true);
  });

  it('tells what is wrong with its place in its own file, together with the rest', () => {
    const folder = temporaryFiles({
      'otherleg.yaml': `${main}log: { level: loud }\n`,
      'devices.d/a.yaml': `- name: a\n  mach: {}\n- ${device('b')}\n`,
      'devices.d/b.yaml': 'name: [b\n',
      'devices.d/c.yaml': `name: c\nmatch: { adresses: [] }\n`,
    });
    const { config, problems } = checkConfig(join(folder, 'otherleg.yaml'), {});
    expect(config).toBeUndefined();
    const texts = problems.map((problem) => problemText(problem).replace(`${folder}/`, ''));
    expect(texts.map((text) => text.slice(0, 54))).toEqual(
      [
        'otherleg.yaml:3:15: log.level: must be one of info, deb',
        'devices.d/a.yaml:1:3: [0].match: is missing; give it: H',
        'devices.d/a.yaml:2:3: [0].mach: is no option; did you m',
        'devices.d/b.yaml:2:1: not YAML: Flow sequence in block ',
        'devices.d/c.yaml:2:8: match: matches no leg; give it ad',
        'devices.d/c.yaml:2:10: match.adresses: is no option; di',
      ].map((text) => text.slice(0, 54)),
    );
  });

  it('warns where no file matches, and has no devices', () => {
    const { config, warnings } = checked(main);
    expect(warnings).toEqual(['devices.include: devices.d/*.yaml matches no file']);
    expect(config?.devices).toEqual([]);
  });
});

describe('secrets', () => {
  const file = (reference: string): string =>
    `graph: { auth: { kind: secret, tenantId: ${TENANT}, clientId: ${TENANT}, clientSecret: "${reference}" } }\n`;

  it('are there, and neither in JSON nor in any other print', () => {
    const { config } = checked(file(`\${env:CLIENT_SECRET}`), { CLIENT_SECRET: 'hunter2' });
    const { auth } = config?.graph ?? {};
    expect(auth?.kind === 'secret' && auth.clientSecret.reveal()).toBe('hunter2');
    expect(JSON.stringify(config)).toContain('"clientSecret":"[secret]"');
  });

  it('are read only where they have to be', () => {
    const text = file(`\${credential:client-secret}`);
    const path = configFile(text);
    const folder = temporaryFiles({ 'client-secret': 'hunter2\n' });
    expect(checkConfig(path, {}).problems).toHaveLength(1);
    expect(checkConfig(path, { CREDENTIALS_DIRECTORY: folder })).toMatchObject({ problems: [], warnings: [] });
    expect(checkConfig(path, {}, 'unread').problems).toEqual([]);
    expect(checkConfig(path, {}, 'reachable')).toMatchObject({
      problems: [],
      warnings: [
        `graph.auth.clientSecret: \${credential:client-secret} is not checked here: $CREDENTIALS_DIRECTORY is not set`,
      ],
    });
    expect(checkConfig(path, { CREDENTIALS_DIRECTORY: '/no/such' }, 'reachable').problems).toHaveLength(1);
  });
});

describe('the environment', () => {
  it('goes before the file', () => {
    const { config, problems } = checked(`${GRAPH}delivery: { concurrency: 4, maximumAge: 2d }\n`, {
      OTHERLEG_DELIVERY__CONCURRENCY: '16',
      OTHERLEG_REPORT__CLOUD_SERVICE__DEPLOYMENT_ID: '12',
      OTHERLEG_SOURCES__WEBRTC__ENABLED: 'false',
      OTHERLEG_DEBUG: '1',
    });
    expect(problems).toEqual([]);
    expect(config?.delivery).toMatchObject({ concurrency: 16, maximumAge: 172_800 });
    expect(config?.report.cloudService.deploymentId).toBe('12');
    expect(config?.sources.webrtc.enabled).toBe(false);
  });
});

describe('any file', () => {
  /** Everything wrong has a reason and, within the file, a place that exists in it. */
  function survives(text: string, path: string): void {
    writeFileSync(path, text);
    const { config, problems } = checkConfig(path, {});
    expect(config === undefined).toBe(problems.length > 0);
    const lines = text.split(/\r?\n/).length;
    for (const { reason, line = 1, column = 1 } of problems) {
      expect(reason).not.toBe('');
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines);
      expect(column).toBeGreaterThanOrEqual(1);
    }
  }

  it('of whatever text', () => {
    const path = configFile('');
    const tokens = fc.constantFrom(
      ...'graph auth kind none secret devices match uris name log level __proto__ constructor'.split(' '),
      ...[
        ':',
        ': ',
        '- ',
        '\n',
        '\n  ',
        '\n    ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a',
        '*a',
        '!t ',
        '|',
        '>',
        '#',
        '%',
        '?',
        '<<',
        '\t',
        '\r\n',
        '---',
        '...',
        '\u0000',
        '😀',
        '5s',
        '1e999',
        '.nan',
        '~',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(tokens, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (each) => survives(each, path)),
      { numRuns: 500 },
    );
  });

  it('of whatever YAML under our keys', () => {
    const path = configFile('');
    const value = fc.jsonValue({ maxDepth: 3 });
    const keys =
      'agent control http devices sources sampling legs graph report delivery drain callRecords verdict store retention privacy log'.split(
        ' ',
      );
    const inner = fc.dictionary(
      fc.constantFrom('listen', 'auth', 'kind', 'name', 'match', 'include', 'interval', 'url', '__proto__'),
      value,
    );
    const tree = fc.dictionary(fc.constantFrom(...keys), fc.oneof(value, inner, fc.array(inner, { maxLength: 3 })));
    fc.assert(
      fc.property(tree, (each) => survives(stringify(each), path)),
      { numRuns: 200 },
    );
  });

  it('that is deeply nested or multiplies itself', () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i === 0 ? '1' : `*a${i - 1},`.repeat(9)}]`);
    const hostile = [
      '['.repeat(20_000),
      `${'{a: '.repeat(5000)}`,
      bomb.join('\n'),
      `${GRAPH}log: &a [*a]\n`,
      `${GRAPH}legs: &a { idleEnd: *a }\n`,
    ];
    const path = configFile('');
    for (const text of hostile) survives(text, path);
    expect(checked(bomb.join('\n')).problems.map(({ reason }) => reason)).toEqual([
      'aliases (*…) that multiply beyond measure',
    ]);
  });
});
