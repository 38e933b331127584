import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Less fits into one packet as it is. Octets. */
const LEAST = 1400;

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** From so many octets on time counts for more than a sixth of them: a day's plots take 30 ms instead of 140. */
const LARGE = 512 * 1024;

/** Above quality 4 it takes ten times as long for a tenth of the octets. */
const brotliOf = (octets: Buffer) => ({
  params: { [constants.BROTLI_PARAM_QUALITY]: octets.length >= LARGE ? 1 : 4 },
});

type Coding = 'br' | 'gzip';

/** The coding that the client takes (RFC 9110, section 12.5.3), the denser first; undefined: it takes none of ours. */
export function codingOf(accepted: string): Coding | undefined {
  const weights = new Map(
    accepted
      .toLowerCase()
      .split(',')
      .map((one): [string, number] => {
        const [name = '', weight] = one.split(';');
        return [name.trim(), weight === undefined ? 1 : Number(/^ *q=([\d.]+) *$/.exec(weight)?.[1] ?? 0)];
      }),
  );
  const takes = (name: Coding): boolean => (weights.get(name) ?? weights.get('*') ?? 0) > 0;
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined;
}

const isJson = (reply: FastifyReply): boolean => /[/+]json\b/.test(String(reply.getHeader('content-type') ?? ''));

/** Sends JSON in fewer octets to who can read it so; it is made beside the agent's own thread. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < LEAST || !isJson(reply)) return payload;
    reply.header('vary', 'accept-encoding');
    const coding = codingOf(String(request.headers['accept-encoding'] ?? ''));
    if (coding === undefined || reply.hasHeader('content-encoding')) return payload;
    const octets = Buffer.from(payload);
    const body = await (coding === 'br' ? brotli(octets, brotliOf(octets)) : gzipped(octets, { level: 5 }));
    reply.header('content-encoding', coding).removeHeader('content-length');
    return body;
  });
}
