import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DocShell } from './doc-shell.ts';
import { commandsOf, fencesOf } from './fences.ts';

const block = (text: string, language = 'sh'): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

describe('blocks of a document', () => {
  it('are found with their language and place, and without the indentation of a list', () => {
    const text = `# Title\n\nText:\n\n${block('one')}\n1. Item:\n\n   \`\`\`yaml\n   a:\n     b\n   \`\`\`\n`;
    expect(fencesOf(text)).toEqual([
      { language: 'sh', text: 'one\n', line: 6, isByHand: false },
      { language: 'yaml', text: 'a:\n  b\n', line: 12, isByHand: false },
    ]);
  });

  it('are run by hand only where the paragraph before says so', () => {
    const text = `Do (run by hand):\n\n${block('one')}\nThen:\n\n${block('two')}\nOn your\nhost (run by hand):\n\n${block('three')}`;
    expect(fencesOf(text).map(({ isByHand }) => isByHand)).toEqual([true, false, true]);
  });

  it('have commands: continued lines are one, comments none', () => {
    expect(commandsOf('a --b \\\n  c   # why\n\n# nothing\nd "#e"\n')).toEqual(['a --b  c', 'd "#e"']);
  });
});

// Starts commands, which takes a busy machine many seconds.
describe('the shell of the documents', { timeout: 90_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'otherleg-doc-shell-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('runs the blocks of a page as one session, but those by hand and those that are no shell', async () => {
    const shell = new DocShell(folder, new Map([['said', 'meant']]));
    const text = `${block('A=said')}\n${block('never', 'yaml')}\nNot (run by hand):\n\n${block('exit 3')}\nSo:\n\n${block('echo $A')}`;
    const ran = await shell.run(text);
    expect(ran.map(({ output }) => output.trim())).toEqual(['', 'meant']);
  });

  it('fails at a command that fails, an unset name and a broken pipe, and names the line', async () => {
    const shell = new DocShell(folder, new Map());
    await expect(shell.run(`Text\n\n${block('false')}\n${block('echo on')}`)).rejects.toThrow(/begins in line 4\n/);
    await expect(shell.run(block('echo $NOT_SET_ANYWHERE'))).rejects.toThrow(/unbound variable/);
    await expect(shell.run(block('echo a | grep b | cat'))).rejects.toThrow(/ended with 1/);
  });

  it('fails where an agent refuses', async () => {
    const server = createServer((_, response) => response.writeHead(404).end('no such leg')).listen(0, '127.0.0.1');
    await new Promise((up) => server.once('listening', up));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await expect(new DocShell(folder, new Map()).run(block(`curl -s http://127.0.0.1:${port}/`))).rejects.toThrow(
        /ended with 22/,
      );
    } finally {
      server.close();
    }
  });

  it('has the command itself', async () => {
    const [ran] = await new DocShell(folder, new Map()).run(block('otherleg version'));
    expect(ran?.output).toMatch(/\d+\.\d+\.\d+/);
  });
});
