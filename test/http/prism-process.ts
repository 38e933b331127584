import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Prism between a client and a server: answers as the server does, and names in `sl-violations` what breaks the contract. */
export async function prismBefore(document: string, upstream: string) {
  const port = await freePort();
  const command = resolve(root, 'node_modules/.bin/prism');
  const child = spawn(
    process.execPath,
    [command, 'proxy', '-h', '127.0.0.1', '-p', String(port), '--validate-request', 'false', document, upstream],
    { cwd: root },
  );
  await new Promise<void>((ready, failed) => {
    let said = '';
    const hear = (data: Buffer): void => {
      said += data.toString();
      if (said.includes('Prism is listening')) ready();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => failed(new Error(`prism ended with ${code}: ${said}`)));
    child.once('error', failed);
  });
  const close = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
