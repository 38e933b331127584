import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/cli/agent.ts';
import { agentToken } from '../../src/cli/agent-token.ts';
import { loadConfig } from '../../src/config/load.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-token-'));
  writeFileSync(join(folder, 'read.token'), 'the-token-to-read-with\n');
  writeFileSync(join(folder, 'control.token'), 'the-token-to-control-with\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function configured(control: string) {
  const path = join(folder, 'otherleg.yaml');
  const graph =
    'graph: { baseUrl: "http://127.0.0.1:9", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }';
  writeFileSync(path, `control: ${control}\n${graph}\n`);
  return loadConfig(path, {}, undefined, 'unread');
}

const token = (name: string, scope = name): string =>
  `{ name: ${name}, file: "\${file:${folder}/${name}.token}", scope: ${scope} }`;

describe('agentToken', () => {
  it('is that of the file that was named', () => {
    expect(agentToken(undefined, join(folder, 'read.token'))).toBe('the-token-to-read-with');
    expect(() => agentToken(undefined, join(folder, 'none'))).toThrow(/--token-file .* cannot be read/);
  });

  it('is else the most that the configuration lets this user have', () => {
    const config = configured(`{ tokens: [${token('read')}, ${token('control')}] }`);
    expect(agentToken(config, undefined)).toBe('the-token-to-control-with');
    rmSync(join(folder, 'control.token'));
    expect(agentToken(config, undefined)).toBe('the-token-to-read-with');
  });

  it('is none where none is asked for or none can be read', () => {
    expect(agentToken(configured('{}'), undefined)).toBeUndefined();
    const config = configured(`{ tokens: [${token('read')}] }`);
    chmodSync(join(folder, 'read.token'), 0o000);
    rmSync(join(folder, 'read.token'));
    expect(agentToken(config, undefined)).toBeUndefined();
  });
});

describe('addressOf', () => {
  it.each([
    ['{ listen: ["https://0.0.0.0:1", "http://127.0.0.1:2", "unix:/run/o.sock"] }', 'unix:/run/o.sock'],
    ['{ listen: ["https://10.0.0.1:1", "http://127.0.0.1:2"] }', 'http://127.0.0.1:2'],
    ['{ listen: ["https://10.0.0.1:1"] }', 'https://10.0.0.1:1'],
  ])('of %s is %s', (control, address) => {
    const more = `, tls: { cert: /a, key: /b }, tokens: [${token('read')}] }`;
    expect(addressOf(configured(control.replace(/ }$/, more)))).toBe(address);
  });
});
