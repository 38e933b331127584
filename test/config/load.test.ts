import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { configFile, GRAPH } from './temporary.ts';

function failure(path: string): OtherlegError {
  try {
    loadConfig(path, {});
  } catch (error) {
    if (error instanceof OtherlegError) return error;
  }
  throw new Error('it was loaded');
}

describe('loadConfig', () => {
  it('answers the configuration and tells its warnings', () => {
    const warnings: string[] = [];
    const path = configFile(`${GRAPH}devices: [{ name: a, webex: true, match: { uris: [x] } }]\n`);
    expect(loadConfig(path, {}, (text) => warnings.push(text)).graph.auth.kind).toBe('none');
    expect(warnings).toHaveLength(1);
  });

  it('throws one error that lists every problem and what to do next', () => {
    const path = configFile('log: { level: loud }\nlgo: 1\n');
    const { code, message, hint } = failure(path);
    expect(code).toBe('CONFIG_INVALID');
    expect(message.split('\n')).toEqual([
      `3 problems in the configuration ${path}`,
      `  ${path}:1:1: graph: is missing`,
      `  ${path}:1:15: log.level: must be one of info, debug, trace, warn, error, fatal, silent (got "loud")`,
      `  ${path}:2:1: lgo: is no option; did you mean log?`,
    ]);
    expect(hint).toBe(`correct it, then: otherleg check-config --config ${path}`);
  });

  it('counts one problem as one', () => {
    expect(failure('/no/such.yaml').message).toBe(
      '1 problem in the configuration /no/such.yaml\n  /no/such.yaml: there is no such file',
    );
  });
});
