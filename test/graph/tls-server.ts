import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** The name that the certificate is for; only the proxy knows where it is. */
export const TLS_NAME = 'graph.test';

/** Whether a certificate can be made here. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A self-signed certificate for TLS_NAME, trusted by this process from now on if so wanted. */
function certificate(trusted: boolean): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', `/CN=${TLS_NAME}`, '-addext', `subjectAltName=DNS:${TLS_NAME},IP:127.0.0.1`];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  if (trusted) trust(made.cert);
  return made;
}

const trust = (cert: Buffer): void => setDefaultCACertificates([...getCACertificates(), cert.toString()]);

/** A real https server on loopback. */
export async function tlsServer(handler: RequestListener, trusted: boolean) {
  const made = certificate(trusted);
  const server = createServer(made, handler);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port, close, trust: () => trust(made.cert) };
}

/** A real CONNECT proxy on loopback: everything goes to `port`, or is refused with `status`. */
export async function connectProxy(to: { readonly port: number } | { readonly status: number }) {
  const heard: Buffer[] = [];
  const server = createTcpServer((client) => {
    client.on('error', () => undefined);
    client.on('data', (octets) => heard.push(octets));
    client.once('data', () => {
      if ('status' in to) return client.end(`HTTP/1.1 ${to.status} No\r\nContent-Length: 0\r\n\r\n`);
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      return client.pipe(connect(to.port, '127.0.0.1')).pipe(client);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    heard: () => Buffer.concat(heard).toString('latin1'),
    close: () => server.close(),
  };
}
