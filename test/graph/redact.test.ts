import { describe, expect, it } from 'vitest';
import { oneLine, redact } from '../../src/graph/redact.ts';

describe('redact', () => {
  const secret = 'a~b+c/d e=';
  it.each([
    ['plain', `client_secret is ${secret}!`],
    ['percent-encoded', `client_secret=${encodeURIComponent(secret)}&x`],
    ['form-encoded', `${new URLSearchParams({ client_secret: secret })}&x`],
  ])('takes a %s secret out', (_name, text) => {
    const redacted = redact(text, [secret]);
    expect(redacted).toContain('[secret]');
    expect(decodeURIComponent(redacted.replaceAll('+', ' '))).not.toContain('b+c');
    expect(redacted).not.toMatch(/a(~|%7E)b/i);
  });

  it('leaves text alone without secrets and with an empty one', () => {
    expect(redact('as it was', [])).toBe('as it was');
    expect(redact('as it was', [''])).toBe('as it was');
  });
});

describe('oneLine', () => {
  it.each([
    ['a\r\n\tb\u0000  c ', 20, 'a b c'],
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
  ])('%j within %i', (text, limit, want) => {
    expect(oneLine(text, limit)).toBe(want);
  });
});
