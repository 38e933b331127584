import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check.ts';
import { problemText } from '../../src/config/problem.ts';
import { configFile, GRAPH, TENANT } from './temporary.ts';

type Case = {
  readonly name: string;
  readonly yaml: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Each problem as it is printed, without the file: beginning, then parts in this order. */
  readonly want: readonly (readonly [place: string, ...parts: string[]])[];
};

const auth = (members: string): string => `graph:\n  baseUrl: http://127.0.0.1:9000\n  auth: { ${members} }\n`;
const withSecret = (secret: string): string =>
  `graph:\n  auth:\n    kind: secret\n    tenantId: ${TENANT}\n    clientId: ${TENANT}\n    clientSecret: ${secret}\n`;

const cases: readonly Case[] = [
  { name: 'an empty file', yaml: '', want: [['1:1: graph: is missing']] },
  { name: 'a list instead of a mapping', yaml: '- a\n', want: [['1:1: must be a mapping (got a list)']] },
  {
    name: 'an unknown section',
    yaml: `${GRAPH}drian: {}\n`,
    want: [['2:1: drian: is no option; did you mean drain?']],
  },
  {
    name: 'an unknown section like nothing we have',
    yaml: `${GRAPH}xyzzy: 1\n`,
    want: [['2:1: xyzzy: is no option', 'options here: agent, control,']],
  },
  {
    name: 'an option that belongs elsewhere',
    yaml: `${GRAPH}maximumAge: 3d\n`,
    want: [['2:1: maximumAge: is no option; did you mean delivery.maximumAge?']],
  },
  {
    name: 'an unknown key in a section, spelt otherwise',
    yaml: `${GRAPH}legs:\n  idle_end: 2h\n`,
    want: [['3:3: legs.idle_end: is no option; did you mean idleEnd?']],
  },
  {
    name: 'an unknown key in the device of a flow list',
    yaml: `${GRAPH}devices: [ { name: a, match: { adresses: ["10.0.0.1"], uris: [a] } } ]\n`,
    want: [['2:32: devices[0].match.adresses: is no option; did you mean addresses?']],
  },
  {
    name: 'a key given twice',
    yaml: `${GRAPH}log: { level: info }\nlog: { level: warn }\n`,
    want: [['3:1: log: is given twice; keep one of them']],
  },
  {
    name: 'a key given twice beside a wrong value',
    yaml: `${GRAPH}log: { level: info, level: loud }\n`,
    want: [['2:15: log.level: must be one of info, debug', '(got "loud")'], ['2:21: level: is given twice']],
  },
  {
    name: 'a quote that does not end',
    yaml: `${GRAPH}log: { level: "info }\n`,
    want: [['3:1: not YAML: Missing closing "quote']],
  },
  {
    name: 'a tab as indentation',
    yaml: `${GRAPH}log:\n\tlevel: info\n`,
    want: [['3:1: not YAML: Tabs are not allowed']],
  },
  { name: 'two documents', yaml: `${GRAPH}---\na: 1\n`, want: [['2:1: more than one YAML document']] },
  { name: 'a tag', yaml: `${GRAPH}log: !!js {}\n`, want: [['2:6: a YAML tag']] },
  {
    name: 'an alias without an anchor',
    yaml: `${GRAPH}log: *nowhere\n`,
    want: [['2:6: an alias (*…) that leads nowhere']],
  },
  {
    name: 'a number for a text',
    yaml: `${GRAPH}agent: { name: 5 }\n`,
    want: [['2:16: agent.name: must be text (got 5)']],
  },
  {
    name: 'a text for a number',
    yaml: `${GRAPH}delivery:\n  concurrency: many\n`,
    want: [['3:16: delivery.concurrency: must be a number (got "many")']],
  },
  {
    name: 'a fraction for a whole number',
    yaml: `${GRAPH}delivery:\n  concurrency: 1.5\n`,
    want: [['3:16: delivery.concurrency: must be a whole number (got 1.5)']],
  },
  {
    name: 'a number out of bounds',
    yaml: `${GRAPH}delivery: { concurrency: 0 }\nretention: { days: 9999 }\n`,
    want: [
      ['2:26: delivery.concurrency: must be 1 at least (got 0)'],
      ['3:20: retention.days: must be 3650 at most (got 9999)'],
    ],
  },
  {
    name: 'a YAML 1.1 boolean',
    yaml: `${GRAPH}callRecords: { enabled: yes }\n`,
    want: [['2:25: callRecords.enabled: must be true or false (got "yes")']],
  },
  {
    name: 'a section that is a text',
    yaml: `${GRAPH}legs: 2h\n`,
    want: [['2:7: legs: must be a mapping (got "2h")']],
  },
  {
    name: 'an option without a value',
    yaml: `${GRAPH}legs:\n  idleEnd:\n`,
    want: [['3:3: legs.idleEnd: must be text (got nothing)']],
  },
  {
    name: 'a duration without a unit',
    yaml: `${GRAPH}legs: { idleEnd: "90" }\n`,
    want: [['2:18: legs.idleEnd: is not a duration (got "90"); write a number with its unit']],
  },
  {
    name: 'a duration out of bounds',
    yaml: `${GRAPH}drain: { deadline: 2h }\n`,
    want: [['2:20: drain.deadline: must be at most 1h (got "2h"); use 1h or less']],
  },
  {
    name: 'a slot that does not divide the minute',
    yaml: `${GRAPH}sampling:\n  interval: 7s\n`,
    want: [['3:13: sampling.interval: must divide 60 s (got "7s"); use one of 1s, 2s,', '60s']],
  },
  {
    name: 'an enum with a slip',
    yaml: `${GRAPH}drain: { legs: kep }\n`,
    want: [['2:16: drain.legs: must be one of keep, close (got "kep"); did you mean keep?']],
  },
  {
    name: 'an API version that YAML reads as a number',
    yaml: `graph: { apiVersion: 1.0, baseUrl: "http://127.0.0.1:9000", auth: { kind: none, tenantId: ${TENANT} } }\n`,
    want: [['1:22: graph.apiVersion: must be one of v1.0, beta (got 1)']],
  },
  {
    name: 'a listener beyond this machine',
    yaml: `${GRAPH}control: { listen: "http://0.0.0.0:7741" }\n`,
    want: [
      ['2:20: control.listen: would let everybody in from beyond this machine; give tokens, or listen on loopback'],
      ['2:20: control.listen: would send tokens in the clear; write https:// and give tls, or insecure: true'],
    ],
  },
  {
    name: 'a wrong listener among several, and one of the wrong type',
    yaml: `${GRAPH}http:\n  listen:\n    - http://127.0.0.1:1\n    - http://127.0.0.1:2\n    - 3\n`,
    want: [['6:7: http.listen[2]: must be text (got 3)']],
  },
  {
    name: 'a listener that is neither text nor list',
    yaml: `${GRAPH}control: { listen: 7741 }\n`,
    want: [['2:20: control.listen: must be a list or text (got 7741)']],
  },
  {
    name: 'no listener at all',
    yaml: `${GRAPH}control: { listen: [] }\n`,
    want: [['2:20: control.listen: must not be empty']],
  },
  {
    name: 'TLS without a certificate',
    yaml: `${GRAPH}control: { listen: "https://127.0.0.1:1" }\n`,
    want: [['2:20: control.listen: is https and has no certificate; give tls: { cert, key }']],
  },
  {
    name: 'half a certificate, and tokens that nobody uses',
    yaml: `${GRAPH}control: { tls: { cert: a } }\nhttp: { tokens: [{ name: "a b", file: x, scope: write }] }\n`,
    want: [
      ['2:12: control.tls.key: is missing'],
      [`2:25: control.tls.cert: is no absolute path; write /path, or ${'$'}{credential:NAME}`],
      ['3:26: http.tokens[0].name: must be 1 to 64 letters'],
      ['3:39: http.tokens[0].file: is no absolute path'],
      ['3:49: http.tokens[0].scope: must be one of read, control (got "write")'],
    ],
  },
  {
    name: 'a listener for others behind a proxy, without tokens',
    yaml: `${GRAPH}http: { listen: "http://10.0.0.1:1", insecure: true }\n`,
    want: [['2:17: http.listen: would let everybody in from beyond this machine']],
  },
  {
    name: 'a source of a later release',
    yaml: `${GRAPH}sources: { hep: {} }\n`,
    want: [['2:12: sources.hep: names a source that comes in a later release; use capture, getstats, webrtc or webex']],
  },
  {
    name: 'a password in a URL',
    yaml: `${GRAPH}store: { url: "postgres://u:hunter2@localhost/x" }\n`,
    want: [['2:15: store.url: must not hold the password; set store.password to ']],
  },
  {
    name: 'a store in memory',
    yaml: `${GRAPH}store: { url: "sqlite::memory:" }\n`,
    want: [['2:15: store.url: would lose every report']],
  },
  {
    name: 'the China cloud',
    yaml: `graph:\n  cloud: china\n  baseUrl: http://localhost:1\n  auth: { kind: none, tenantId: ${TENANT} }\n`,
    want: [
      ['2:10: graph.cloud: is a cloud whose Graph has no logTeleconferenceDeviceQuality', 'use global, usgov or dod'],
    ],
  },
  {
    name: 'a cloud that nobody knows',
    yaml: `graph:\n  cloud: gcchigh\n  baseUrl: http://localhost:1\n  auth: { kind: none, tenantId: ${TENANT} }\n`,
    want: [['2:10: graph.cloud: must be one of global, usgov, dod (got "gcchigh")']],
  },
  {
    name: 'no credentials',
    yaml: 'log: { level: info }\ngraph:\n  cloud: dod\n',
    want: [['2:1: graph.auth: is missing; give it: As whom reports are posted.']],
  },
  {
    name: 'no kind of credentials',
    yaml: auth(`tenantId: ${TENANT}`),
    want: [['3:3: graph.auth.kind: is missing; give it: one of secret, certificate, federated, none']],
  },
  {
    name: 'a certificate that is not named',
    yaml: auth(`kind: certificate, tenantId: ${TENANT}, clientId: ${TENANT}`),
    want: [['3:3: graph.auth.certificate: is missing', 'PEM']],
  },
  {
    name: 'a federated credential of nobody',
    yaml: auth(`kind: federated, tenantId: ${TENANT}, clientId: ${TENANT}`),
    want: [['3:9: graph.auth: needs either tokenFile or managedIdentity; name one of them']],
  },
  {
    name: 'a federated credential of two',
    yaml: auth(`kind: federated, tenantId: ${TENANT}, clientId: ${TENANT}, tokenFile: /a, managedIdentity: system`),
    want: [['3:9: graph.auth: needs either tokenFile or managedIdentity']],
  },
  {
    name: 'a token file that depends on where one stands, and an identity that is none',
    yaml: auth(`kind: federated, tenantId: ${TENANT}, clientId: ${TENANT}, tokenFile: a, managedIdentity: b`),
    want: [
      ['3:', 'graph.auth.tokenFile: needs an absolute path'],
      ['3:', 'graph.auth.managedIdentity: is neither system nor a client ID'],
    ],
  },
  {
    name: 'a kind that nobody knows',
    yaml: auth(`kind: sekret, tenantId: ${TENANT}`),
    want: [
      [
        '3:17: graph.auth.kind: must be one of secret, certificate, federated, none (got "sekret"); did you mean secret?',
      ],
    ],
  },
  {
    name: 'a secret where none is used',
    yaml: auth(`kind: none, tenantId: ${TENANT}, clientId: x`),
    want: [['3:71: graph.auth.clientId: does not go with the kind chosen; remove it']],
  },
  {
    name: 'a tenant that is no GUID',
    yaml: auth('kind: none, tenantId: contoso'),
    want: [['3:33: graph.auth.tenantId: is not a GUID', '(got "contoso")']],
  },
  {
    name: 'no token for Graph itself',
    yaml: `graph:\n  auth: { kind: none, tenantId: ${TENANT} }\n`,
    want: [['2:17: graph.auth.kind: none is allowed only with a baseUrl on loopback; use another kind']],
  },
  {
    name: 'no token for another host, beside a key that is unknown',
    yaml: `graph:\n  baseUrl: https://graph.example.com\n  auht: 1\n  auth: { kind: none, tenantId: ${TENANT} }\n`,
    want: [['3:3: graph.auht: is no option; did you mean auth?'], ['4:17: graph.auth.kind: none is allowed only']],
  },
  {
    name: 'tokens in the clear',
    yaml: `graph:\n  baseUrl: http://graph.example.com\n  auth: { kind: none, tenantId: ${TENANT} }\n`,
    want: [
      ['2:12: graph.baseUrl: must be https', 'use https, or a host on loopback'],
      ['3:17: graph.auth.kind: none is allowed only with a baseUrl on loopback'],
    ],
  },
  {
    name: 'a secret in plain text, which is not repeated',
    yaml: withSecret('hunter2'),
    want: [[`6:19: graph.auth.clientSecret: must not stand in the file in plain text; write \${credential:NAME}`]],
  },
  {
    name: 'a secret that is a number, which is not repeated',
    yaml: withSecret('20252026'),
    want: [['6:19: graph.auth.clientSecret: must be text']],
  },
  {
    name: 'a reference in a flow mapping without quotes',
    yaml: `log: { level: \${env:LEVEL} }\n`,
    want: [
      [`1:16: not YAML: Unexpected flow-map-start at node end; put a value with { in it in quotes: "\${env:NAME}"`],
    ],
  },
  {
    name: 'a secret from a variable that is not set',
    yaml: withSecret(`\${env:NO_SUCH}`),
    want: [['6:19: graph.auth.clientSecret: names an environment variable that is not set or empty; set NO_SUCH']],
  },
  {
    name: 'a secret from a file that is not there',
    yaml: withSecret(`\${file:/no/such/file}`),
    want: [['6:19: graph.auth.clientSecret: names a file that cannot be read: ENOENT; make /no/such/file readable']],
  },
  {
    name: 'a credential without systemd',
    yaml: withSecret(`\${credential:graph}`),
    want: [
      [
        '6:19: graph.auth.clientSecret: names a credential, but $CREDENTIALS_DIRECTORY is not set',
        'LoadCredential=graph',
      ],
    ],
  },
  {
    name: 'a device without a name, one without a match and one that is none',
    yaml: `${GRAPH}devices:\n  - match: { uris: [a] }\n  - name: b\n  - 3\n`,
    want: [
      ['3:5: devices[0].name: is missing; give it: Sent to Graph as deviceName'],
      ['4:5: devices[1].match: is missing'],
      ['5:5: devices[2]: must be a mapping (got 3)'],
    ],
  },
  {
    name: 'a device that matches nothing, with wrong values',
    yaml: `${GRAPH}devices:\n  - name: ""\n    timeZone: Berlin\n    linkSpeed: 100Mbps\n    match: {}\n    sources: [hep, getstat]\n`,
    want: [
      ['3:11: devices[0].name: must not be empty'],
      ['4:15: devices[0].timeZone: is not a time zone', '(got "Berlin"); write a name like Europe/Berlin'],
      ['5:16: devices[0].linkSpeed: is not a link speed (got "100Mbps"); write bits per second'],
      ['6:12: devices[0].match: matches no leg; give it addresses or uris'],
      ['7:15: devices[0].sources[0]: names a source that comes in a later release (got "hep")'],
      [
        '7:20: devices[0].sources[1]: must be one of capture, getstats, webrtc, webex (got "getstat"); did you mean getstats?',
      ],
    ],
  },
  {
    name: 'addresses that are none',
    yaml: `${GRAPH}devices: [{ name: a, match: { addresses: [10.1.0.0/33, "10.1", "::1/64"] } }]\n`,
    want: [
      ['2:43: devices[0].match.addresses[0]: is neither an IP address nor a CIDR range (got "10.1.0.0/33")'],
      ['2:56: devices[0].match.addresses[1]: is neither an IP address'],
    ],
  },
  {
    name: 'devices that are a text',
    yaml: `${GRAPH}devices: all\n`,
    want: [['2:10: devices: must be a list or a mapping (got "all")']],
  },
  {
    name: 'waits that shrink',
    yaml: `${GRAPH}delivery: { firstRetry: 20m, maximumRetry: 15m }\n`,
    want: [['2:11: delivery: must grow from firstRetry over maximumRetry to maximumAge; make none of them smaller']],
  },
  {
    name: 'a User-Agent that Graph would refuse',
    yaml: `${GRAPH}delivery: { userAgent: my gateway }\n`,
    want: [['2:24: delivery.userAgent: is not of the form ApplicationName/Version', '(got "my gateway")']],
  },
  {
    name: 'an environment variable with a wrong value, and one for no option',
    yaml: GRAPH,
    env: { OTHERLEG_LOG__LEVEL: 'loud', OTHERLEG_STOER__URL: 'x' },
    want: [
      ['environment variable OTHERLEG_LOG__LEVEL: log.level: must be one of'],
      ['environment variable OTHERLEG_STOER__URL: stoer: is no option; did you mean store?'],
    ],
  },
];

/** The problems as printed, without the path of the file. */
function printed({ yaml, env = {} }: Case): readonly string[] {
  const path = configFile(yaml);
  const { config, problems } = checkConfig(path, env);
  expect(config).toBeUndefined();
  return problems.map((problem) => problemText(problem).replace(`${path}:`, ''));
}

describe('a bad configuration', () => {
  it.each(cases)('$name', (each) => {
    const texts = printed(each);
    expect(texts).toHaveLength(each.want.length);
    for (const [index, [beginning, ...parts]] of each.want.entries()) {
      const text = texts[index] ?? '';
      expect(text.slice(0, beginning.length)).toBe(beginning);
      let from = beginning.length;
      for (const part of parts) {
        expect(text.slice(from)).toContain(part);
        from = text.indexOf(part, from) + part.length;
      }
    }
  });

  it('never shows a secret that stands where it must not', () => {
    for (const secret of [
      'hunter2',
      '20252026',
      '"hunter2',
      '[hunter2]',
      '!hunter2 x',
      '*hunter2',
      '@hunter2',
      '|hunter2',
      '"a" hunter2',
    ])
      expect(printed({ name: '', yaml: withSecret(secret), want: [] }).join('\n')).not.toMatch(/hunter2|20252026/);
  });

  it('is told all at once, in the order of the file', () => {
    const yaml = cases.find(({ name }) => name.startsWith('a device that matches nothing'))?.yaml ?? '';
    const texts = printed({ name: '', want: [], yaml: `drian: {}\n${yaml}log: { level: loud }\nstore: 5\n` });
    expect(texts.map((text) => Number(text.split(':')[0]))).toEqual([1, 4, 5, 6, 7, 8, 8, 9, 10]);
  });
});
