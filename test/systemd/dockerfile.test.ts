import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Instruction = { readonly name: string; readonly value: string };

/** The instructions of a Dockerfile, continued lines joined. */
function instructions(text: string): readonly Instruction[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const [, name = '', value = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    return name === '' ? [] : [{ name, value: value.replace(/\s+/g, ' ') }];
  });
}

const all = instructions(readFileSync('Dockerfile', 'utf8'));
const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'));
const of = (name: string, from: readonly Instruction[] = last): readonly string[] =>
  from.filter((instruction) => instruction.name === name).map(({ value }) => value);
const node = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies.node;

describe('Dockerfile', () => {
  it('builds in one stage and runs in another, both on one pinned glibc image with the Node of our tests', () => {
    const images = of('FROM', all).map((value) => value.split(' ')[0]);
    expect(images).toEqual([`node:${node}-bookworm-slim`, `node:${node}-bookworm-slim`]);
  });

  it('runs as a user without name or rights, who owns what it writes', () => {
    expect(of('USER')).toEqual(['65532:65532']);
    expect(last.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
      last.findLastIndex(({ name }) => name === 'RUN'),
    );
    expect(of('VOLUME')).toEqual(['/var/lib/otherleg']);
    expect(of('WORKDIR')).toEqual(['/var/lib/otherleg']);
    expect(of('RUN').join()).toContain('install -d -o 65532 -g 65532 -m 0700 /var/lib/otherleg');
  });

  it('starts without a shell, below an init', () => {
    const entry: unknown = JSON.parse(of('ENTRYPOINT').join());
    expect(entry).toEqual(['/usr/bin/tini', '--', 'node', '--max-semi-space-size=1', '/opt/otherleg/bin/otherleg.js']);
    expect(JSON.parse(of('CMD').join())).toEqual(['run', '--config', '/etc/otherleg/config.yaml']);
    expect(of('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  it('asks for its health with what the image has, and without a shell', () => {
    const [health = ''] = of('HEALTHCHECK');
    const command: string[] = JSON.parse(health.slice(health.indexOf('CMD ') + 4));
    expect(command.slice(0, 2)).toEqual(['node', '-e']);
    expect(command[2]).toContain('/livez');
    expect(() => new Function(command[2] ?? '')).not.toThrow();
  });

  it('gives the right to capture to its own user, after the change of group that would take it away', () => {
    const commands = of('RUN').join();
    expect(commands).toContain('chgrp 65532 /usr/bin/tcpdump && chmod 0750 /usr/bin/tcpdump && setcap cap_net_raw+ep');
    expect(commands).not.toMatch(/setcap [^&]*(eip|all)/);
  });

  it('has no package manager of Node and no dev dependencies left', () => {
    expect(of('RUN').join()).toMatch(/rm -rf \/usr\/local\/lib\/node_modules .*\/npm .*\/npx/);
    expect(of('RUN', all).join()).toContain('"prune", "--omit=dev"');
  });

  it('copies only what exists and what is not kept from the build', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n');
    expect(ignored[0]).toBe('*');
    const copied = of('COPY', all).filter((value) => !value.startsWith('--from'));
    const sources = copied.flatMap((value) => value.split(' ').slice(0, -1));
    for (const source of sources) expect({ source, exists: existsSync(source) }).toEqual({ source, exists: true });
    expect(
      ignored
        .slice(1)
        .map((line) => line.slice(1))
        .toSorted(),
    ).toEqual(sources.toSorted());
  });

  it('says what it is', () => {
    const labels = of('LABEL').join();
    for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
    const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
    expect(of('ARG')).toContain(`VERSION=${version}`);
  });
});
