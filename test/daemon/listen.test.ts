import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import { listenOn } from '../../src/daemon/listen.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-listen-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function app() {
  const server = fastify();
  server.get('/v1/legs', async () => ({ items: [] }));
  return server;
}

describe('listening', () => {
  it('on a socket that only its owner may open', async () => {
    const path = join(folder, 'control.sock');
    const server = app();
    expect(await listenOn(server, { kind: 'unix', path })).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await new ControlClient(`unix:${path}`).legs()).toEqual({ items: [] });
    await server.close();
  });

  it('takes the place of a socket that a killed agent left, and of nothing else', async () => {
    const path = join(folder, 'control.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(path, resolve));
    const inUse = app();
    await expect(listenOn(inUse, { kind: 'unix', path })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: /in use/,
    });
    // close() removes the file: what a killed process leaves is a socket file that nobody listens on.
    const { spawnSync } = await import('node:child_process');
    await new Promise((resolve) => dead.close(resolve));
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    expect(existsSync(path)).toBe(true);
    const server = app();
    await listenOn(server, { kind: 'unix', path });
    await server.close();
    const file = join(folder, 'important.txt');
    writeFileSync(file, 'kept');
    await expect(listenOn(app(), { kind: 'unix', path: file })).rejects.toMatchObject({ message: /not a socket/ });
    expect(existsSync(file)).toBe(true);
  });

  it('on a port in use says so', async () => {
    const first = app();
    const url = await listenOn(first, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    const port = Number(new URL(url).port);
    await expect(listenOn(app(), { kind: 'tcp', host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      hint: expect.stringContaining('control.listen'),
    });
    await first.close();
  });
});
