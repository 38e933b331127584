import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from 'vitest';

/** One request as it came over the wire. `connection` counts the TCP connections from 0. */
export type Seen = {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly connection: number;
};

/** A real HTTP server on loopback, closed after the test. */
export type LoopbackServer = { readonly origin: string; readonly seen: readonly Seen[]; close(): Promise<void> };

type Handler = (seen: Seen, response: ServerResponse, index: number) => void;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

export async function loopbackServer(handler: Handler): Promise<LoopbackServer> {
  const seen: Seen[] = [];
  const sockets: Socket[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const one = {
      path: request.url ?? '',
      headers: request.headers,
      body,
      connection: sockets.indexOf(request.socket),
    };
    seen.push(one);
    handler(one, response, seen.length - 1);
  });
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  };
  closing.push(close);
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, seen, close };
}
