import { describe, expect, it } from 'vitest';
import { overridesIn, withOverrides } from '../../src/config/environment.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';

const root = jsonSchema();
const laid = (tree: unknown, env: NodeJS.ProcessEnv): unknown => withOverrides(tree, overridesIn(env), root);

describe('overridesIn', () => {
  it.each([
    ['OTHERLEG_GRAPH__AUTH__TENANT_ID', ['graph', 'auth', 'tenantId']],
    ['OTHERLEG_CALL_RECORDS__ENABLED', ['callRecords', 'enabled']],
    ['OTHERLEG_LOG__LEVEL', ['log', 'level']],
  ])('reads %s', (variable, path) => {
    expect(overridesIn({ [variable]: 'x' })).toEqual([{ variable, path, text: 'x' }]);
  });

  it.each([
    'OTHERLEG_DEBUG',
    'OTHERLEG_TEST_ALL',
    'OTHERLEG__LOG',
    'OTHERLEG_LOG__',
    'OTHERLEG_LOG___LEVEL',
    'otherleg_log__level',
    'X_LOG__LEVEL',
  ])('leaves %s to others', (variable) => {
    expect(overridesIn({ [variable]: 'x' })).toEqual([]);
  });

  it('goes by name, so that the order is always the same', () => {
    const env = { OTHERLEG_LOG__LEVEL: 'a', OTHERLEG_AGENT__NAME: 'b' };
    expect(overridesIn(env).map(({ text }) => text)).toEqual(['b', 'a']);
  });
});

describe('withOverrides', () => {
  it('lays values over a tree without touching it', () => {
    const tree = { log: { level: 'info' }, store: { url: 'sqlite:a' } };
    expect(laid(tree, { OTHERLEG_LOG__LEVEL: 'debug' })).toEqual({
      log: { level: 'debug' },
      store: { url: 'sqlite:a' },
    });
    expect(tree.log.level).toBe('info');
  });

  it('makes the sections that are not there', () => {
    expect(laid({}, { OTHERLEG_REPORT__CLOUD_SERVICE__NAME: 'x' })).toEqual({
      report: { cloudService: { name: 'x' } },
    });
  });

  it('reads numbers, booleans and lists where the schema wants them, and text where it wants text', () => {
    const env = {
      OTHERLEG_AGENT__NAME: '7',
      OTHERLEG_CALL_RECORDS__ENABLED: 'true',
      OTHERLEG_CONTROL__LISTEN: 'http://127.0.0.1:1, unix:/a',
      OTHERLEG_HTTP__LISTEN: 'unix:/b',
      OTHERLEG_RETENTION__DAYS: '9',
    };
    expect(laid({}, env)).toEqual({
      agent: { name: '7' },
      callRecords: { enabled: true },
      control: { listen: ['http://127.0.0.1:1', 'unix:/a'] },
      http: { listen: 'unix:/b' },
      retention: { days: 9 },
    });
  });

  it('leaves what is no number or boolean to be refused', () => {
    const env = { OTHERLEG_RETENTION__DAYS: 'many', OTHERLEG_CALL_RECORDS__ENABLED: 'yes' };
    expect(laid({}, env)).toEqual({ retention: { days: 'many' }, callRecords: { enabled: 'yes' } });
  });

  it.each([[{ log: 5 }], [{ log: ['a'] }], ['text'], [['a']]])('leaves %j as it is, to be refused', (tree) => {
    expect(laid(tree, { OTHERLEG_LOG__LEVEL: 'debug' })).toEqual(tree);
  });

  it('takes keys that objects are made of for keys', () => {
    const tree: unknown = JSON.parse('{"__proto__": {"polluted": true}, "log": {}}');
    const result = laid(tree, { OTHERLEG_LOG__LEVEL: 'debug' });
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true},"log":{"level":"debug"}}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
