import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../../src/config/check.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { leafOptions } from '../../src/config/option-tree.ts';
import { configFile, TENANT, temporaryFiles } from './temporary.ts';

const EXAMPLE = 'config/example.yaml';
const text = readFileSync(EXAMPLE, 'utf8');

/** Lines like `#room: …` become options; other ways to give devices and credentials cannot stand beside the first. */
const everything = text
  .split('\n')
  .filter((line) => !line.startsWith('#devices:') && !line.startsWith('  #auth:'))
  .join('\n')
  .replace(/^(\s*)#(?=\S)/gm, '$1');

const options = leafOptions(jsonSchema());
const optionText = (path: readonly string[]): string => path.join('.').replaceAll('.[]', '[]');

function load(yaml: string): unknown {
  const env = {
    CREDENTIALS_DIRECTORY: temporaryFiles({
      'graph-client-secret': 'hunter2\n',
      'graph.pem': 'PEM\n',
      'graph.key': 'PEM\n',
      'store-password': 'hunter2\n',
      'webex-token': 'hunter2\n',
      'webex-client-secret': 'hunter2\n',
      'webex-refresh-token': 'hunter2\n',
      'control.crt': 'PEM\n',
      'control.key': 'PEM\n',
      'gateway-token': 'correct horse battery\n',
      'desk-token': 'staple staple staple\n',
    }),
  };
  const { config, problems } = checkConfig(configFile(yaml), env);
  expect(problems).toEqual([]);
  return config && JSON.parse(JSON.stringify(config));
}

describe('config/example.yaml', () => {
  it('gives every option with a default its default', () => {
    const own = /^(graph:\n)[\s\S]*?(?=^\w)/m;
    const auth = `graph: { auth: { kind: none, tenantId: ${TENANT} }, baseUrl: "http://127.0.0.1:1" }\n`;
    const { graph: defaultGraph, ...defaults } = Object(load(auth));
    const { graph, devices, ...rest } = Object(load(text));
    expect(own.test(text)).toBe(true);
    expect({ ...rest, devices: [] }).toEqual(defaults);
    expect(devices).toHaveLength(1);
    expect({ cloud: graph.cloud, apiVersion: graph.apiVersion }).toEqual({
      cloud: defaultGraph.cloud,
      apiVersion: defaultGraph.apiVersion,
    });
    expect(graph).not.toHaveProperty('baseUrl');
  });

  it('writes each default as the schema has it', () => {
    const tree: unknown = parse(text);
    // A section that is commented out as a whole has its defaults there.
    const all: unknown = parse(everything);
    for (const { path, node } of options) {
      if (node.default === undefined || path[0] === 'devices') continue;
      const at = (top: unknown) => path.reduce<unknown>((below, key) => Object(below)[key], top);
      const written = at(tree) ?? at(all);
      expect({ [optionText(path)]: written }).toEqual({ [optionText(path)]: node.default });
    }
  });

  it('is right also with everything that is commented out', () => {
    expect(load(everything)).toMatchObject({
      agent: { name: 'gateway-1' },
      http: { listen: [{ port: 9464 }] },
      graph: { baseUrl: 'https://graph.microsoft.com' },
      report: { cloudService: { environment: 'ProdNoam' } },
    });
  });

  it('lacks no option', () => {
    const tree: unknown = parse(everything);
    const has = (path: readonly string[]): boolean =>
      path.reduce<unknown>((below, key) => (key === '[]' ? Object(below)[0] : Object(below)[key]), tree) !== undefined;
    const missing = options.map(({ path }) => path).filter((path) => !has(path));
    const credentials = ['certificate', 'privateKey', 'tokenFile', 'managedIdentity'].map((key) => `graph.auth.${key}`);
    expect(missing.map(optionText)).toEqual(['devices.include', ...credentials]);
    expect(text).toMatch(/^#devices: \{ include: /m);
  });

  it('shows other credentials as they may be written', () => {
    const others = [...text.matchAll(/^ {2}#(auth: .*)$/gm)].map(([, line]) => line);
    expect(others).toHaveLength(3);
    const shown = others.map((line) => Object(load(`graph:\n  ${line}\n`)).graph.auth);
    expect(shown).toMatchObject([
      { kind: 'certificate', certificate: '[secret]', privateKey: '[secret]' },
      { kind: 'federated', tokenFile: '/var/run/secrets/tokens/otherleg' },
      { kind: 'federated', managedIdentity: 'system' },
    ]);
  });
});

describe('config/schema.json', () => {
  it('is what the schema says (node src/config/json-schema.ts > config/schema.json)', () => {
    expect(JSON.parse(readFileSync('config/schema.json', 'utf8'))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });
});

describe('docs/configuration.md', () => {
  const rows = readFileSync('docs/configuration.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, '')));

  it('has a row for every option, with its default', () => {
    for (const { path, node } of options) {
      const row = rows.find(([, option]) => option === optionText(path));
      const wanted =
        node.default === undefined
          ? expect.stringMatching(/^(–|required)$/)
          : String(Object(node.default).length === 0 ? '[]' : node.default);
      expect({ option: optionText(path), written: row?.[2] }).toEqual({ option: optionText(path), written: wanted });
    }
  });

  it('has no row for an option that is none', () => {
    const known = new Set(options.map(({ path }) => optionText(path)));
    const named = rows.map(([, option = '']) => option).filter((option) => /^[\w.[\]]+$/.test(option));
    expect(named.filter((option) => !known.has(option))).toEqual([]);
  });
});
