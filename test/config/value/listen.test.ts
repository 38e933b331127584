import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatListen, listen } from '../../../src/config/value/listen.ts';

const schema = listen();
const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port });

describe('listen', () => {
  it.each([
    ['http://127.0.0.1:7741', [tcp('127.0.0.1', 7741)]],
    ['http://127.0.0.1:7741/', [tcp('127.0.0.1', 7741)]],
    ['http://127.9.9.9:0', [tcp('127.9.9.9', 0)]],
    ['http://localhost', [tcp('localhost', 80)]],
    ['http://[::1]:7741', [tcp('::1', 7741)]],
    ['unix:/run/otherleg/control.sock', [{ kind: 'unix', path: '/run/otherleg/control.sock' }]],
    [
      ['http://127.0.0.1:1', 'unix:/a'],
      [tcp('127.0.0.1', 1), { kind: 'unix', path: '/a' }],
    ],
  ])('%j', (written, want) => {
    expect(schema.parse(written)).toEqual(want);
  });

  it.each([
    ['http://0.0.0.0:7741', /beyond this machine/],
    ['http://[::]:7741', /beyond this machine/],
    ['http://10.0.0.1:7741', /beyond this machine/],
    ['http://gateway.example.com:7741', /beyond this machine/],
    ['http://127.0.0.1.example.com:7741', /beyond this machine/],
    ['https://127.0.0.1:7741', /TLS yet/],
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

  it('takes the longest path that a socket may have', () => {
    expect(schema.safeParse(`unix:/${'a'.repeat(106)}`).success).toBe(true);
  });

  it('is written as it was, as a list', () => {
    const written = ['http://127.0.0.1:7741', 'http://[::1]:1', 'unix:/a'];
    expect(z.encode(schema, schema.parse(written))).toEqual(written);
    expect(formatListen({ kind: 'tcp', host: '::1', port: 9 })).toBe('http://[::1]:9');
  });
});
