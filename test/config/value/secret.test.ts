import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isUnreachable, Secret, type SecretContext, secret } from '../../../src/config/value/secret.ts';
import { temporaryFiles } from '../temporary.ts';

const reveal = (reference: string, env: NodeJS.ProcessEnv): string => secret({ env }).parse(reference).reveal();

function refusal(reference: string, context: SecretContext): string {
  const [issue] = secret(context).safeParse(reference).error?.issues ?? [];
  return issue?.code === 'custom' ? `${issue.message}; ${issue.params?.['remedy']}` : 'taken';
}

describe('a secret', () => {
  it('comes from a variable, a file or a credential', () => {
    const folder = temporaryFiles({ 'client.secret': 'from-file\n', 'a@b:c-1.txt': 'from-credential\r\n' });
    const env = { NAME: 'from variable ', CREDENTIALS_DIRECTORY: folder };
    expect(reveal(`\${env:NAME}`, env)).toBe('from variable ');
    expect(reveal(`\${file:${folder}/client.secret}`, env)).toBe('from-file');
    expect(reveal(`\${credential:a@b:c-1.txt}`, env)).toBe('from-credential');
  });

  it('keeps all but the last line end', () => {
    const folder = temporaryFiles({ a: ' two\nlines \n\n' });
    expect(reveal(`\${file:${folder}/a}`, {})).toBe(' two\nlines \n');
  });

  it('is read again from its file each time, and is the last one while the file is away or empty', () => {
    const folder = temporaryFiles({ a: 'first' });
    const path = join(folder, 'a');
    const value = secret({ env: {} }).parse(`\${file:${path}}`);
    expect(value.reveal()).toBe('first');
    writeFileSync(path, 'second\n');
    expect(value.reveal()).toBe('second');
    rmSync(path);
    expect(value.reveal()).toBe('second');
    writeFileSync(path, '');
    expect(value.reveal()).toBe('second');
    writeFileSync(path, 'third');
    expect(value.reveal()).toBe('third');
  });

  it('shows itself nowhere', () => {
    const value = secret({ env: { NAME: 'hunter2' } }).parse(`\${env:NAME}`);
    const lines: string[] = [];
    pino({}, { write: (line) => void lines.push(line) }).info({ auth: { clientSecret: value } }, `${value}`);
    const shown = [
      `${value}`,
      JSON.stringify({ value }),
      inspect({ value }, { depth: 9, showHidden: true }),
      format('%s %o %j', value, value, value),
      Object.values(value).join(),
      ...lines,
    ];
    for (const each of shown) expect(each).not.toContain('hunter2');
    expect(shown.slice(0, 2)).toEqual(['[secret]', '{"value":"[secret]"}']);
    expect(structuredClone({ ...value })).toEqual({ reference: `\${env:NAME}` });
  });

  it('is written as its reference', () => {
    const schema = secret({ env: { NAME: 'hunter2' } });
    expect(z.encode(schema, schema.parse(`\${env:NAME}`))).toBe(`\${env:NAME}`);
  });

  it('that was not read says so when it is asked for', () => {
    const value = secret({ env: {}, secrets: 'unread' }).parse(`\${file:/no/such}`);
    expect(value).toBeInstanceOf(Secret);
    expect(() => value.reveal()).toThrow('was not read');
  });
});

describe('a reference', () => {
  const folder = (): string => temporaryFiles({ empty: '', newline: '\n' });

  it.each([
    'hunter2',
    '',
    '$NAME',
    `\${NAME}`,
    `\${env:}`,
    `x\${env:NAME}`,
    `\${env:NAME}x`,
    `\${vault:a}`,
    `\${env:NAME}\n`,
  ])('may not be %j', (text) => {
    expect(refusal(text, { env: { NAME: 'a' } })).toMatch(/^must not stand in the file in plain text; write \$\{cred/);
    expect(refusal(text, { env: {}, secrets: 'unread' })).toMatch(/^must not stand/);
  });

  it.each([
    [`\${env:NONE}`, /^names an environment variable that is not set or empty; set NONE$/],
    [`\${env:EMPTY}`, /^names an environment variable that is not set or empty; set EMPTY$/],
    [`\${file:relative}`, /^needs an absolute path; write /],
    [`\${file:/no/such}`, /^names a file that cannot be read: ENOENT; make \/no\/such readable/],
    [`\${credential:../etc/passwd}`, /^is not the name of a credential; /],
    [`\${credential:..}`, /^is not the name of a credential; /],
    [`\${credential:none}`, /^names a file that cannot be read: ENOENT; /],
    [`\${credential:empty}`, /^names an empty file; write the secret into /],
    [`\${credential:newline}`, /^names an empty file; /],
  ])('%s is refused: %s', (reference, want) => {
    expect(refusal(reference, { env: { EMPTY: '', CREDENTIALS_DIRECTORY: folder() } })).toMatch(want);
  });

  it('to a folder is refused', () => {
    const path = join(folder(), 'a');
    mkdirSync(path);
    expect(refusal(`\${file:${path}}`, { env: {} })).toMatch(/cannot be read: EISDIR/);
  });

  it('to a credential needs systemd, unless it need not be read here', () => {
    const reference = `\${credential:graph}`;
    expect(refusal(reference, { env: {} })).toMatch(/^names a credential, but \$CREDENTIALS_DIRECTORY is not set; /);
    expect(refusal(reference, { env: {}, secrets: 'reachable' })).toBe('taken');
    expect(refusal(`\${env:NONE}`, { env: {}, secrets: 'reachable' })).toMatch(/^names an environment/);
    expect(isUnreachable(reference, {})).toBe(true);
    expect(isUnreachable(reference, { CREDENTIALS_DIRECTORY: '/x' })).toBe(false);
    expect(isUnreachable(`\${file:/x}`, {})).toBe(false);
  });
});
