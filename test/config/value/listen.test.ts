import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatListen, isWide, listen } from '../../../src/config/value/listen.ts';

const schema = listen();
const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port });

describe('listen', () => {
  it.each([
    ['http://127.0.0.1:7741', [tcp('127.0.0.1', 7741)]],
    ['http://127.0.0.1:7741/', [tcp('127.0.0.1', 7741)]],
    ['http://127.9.9.9:0', [tcp('127.9.9.9', 0)]],
    ['http://localhost', [tcp('localhost', 80)]],
    ['http://[::1]:7741', [tcp('::1', 7741)]],
    ['http://10.0.0.1:7741', [tcp('10.0.0.1', 7741)]],
    ['https://gateway.example.com', [{ ...tcp('gateway.example.com', 443), tls: true }]],
    ['unix:/run/otherleg/control.sock', [{ kind: 'unix', path: '/run/otherleg/control.sock' }]],
    [
      ['http://127.0.0.1:1', 'unix:/a'],
      [tcp('127.0.0.1', 1), { kind: 'unix', path: '/a' }],
    ],
  ])('%j', (written, want) => {
    expect(schema.parse(written)).toEqual(want);
  });

  it.each([
    ['ftp://127.0.0.1:7741', /not a listener/],
    ['127.0.0.1:7741', /not a listener/],
    ['7741', /not a listener/],
    ['', /not a listener/],
    ['http://127.0.0.1:99999', /not a listener/],
    ['http://127.0.0.1:7741/v1', /not a listener/],
    ['http://127.0.0.1:7741?a=b', /not a listener/],
    ['http://me:secret@127.0.0.1:7741', /not a listener/],
    ['unix:control.sock', /absolute path/],
    ['unix:', /absolute path/],
    [`unix:/${'a'.repeat(107)}`, /longer than a socket's path/],
  ])('refuses %j', (written, reason) => {
    const issues = schema.safeParse(written).error?.issues ?? [];
    expect(JSON.stringify(issues)).toMatch(reason);
  });

  it.each([
    ['http://127.9.9.9:1', false],
    ['http://localhost:1', false],
    ['unix:/a', false],
    ['http://0.0.0.0:1', true],
    ['http://[::]:1', true],
    ['https://127.0.0.1.example.com:1', true],
  ])('knows whether others reach %s', (written, wide) => {
    expect(schema.parse(written).map(isWide)).toEqual([wide]);
  });

  it('takes the longest path that a socket may have', () => {
    expect(schema.safeParse(`unix:/${'a'.repeat(106)}`).success).toBe(true);
  });

  it('is written as it was, as a list', () => {
    const written = ['http://127.0.0.1:7741', 'http://[::1]:1', 'https://10.0.0.1:2', 'unix:/a'];
    expect(z.encode(schema, schema.parse(written))).toEqual(written);
    expect(formatListen({ kind: 'tcp', host: '::1', port: 9 })).toBe('http://[::1]:9');
  });
});
