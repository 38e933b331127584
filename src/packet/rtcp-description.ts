import { RTCP_HEADER, type RtcpExtent } from './rtcp-header.ts';

/** RFC 3550, 6.5. Items of other types are left out. */
export type SourceDescription = {
  readonly kind: 'sdes';
  readonly chunks: readonly {
    readonly ssrc: number;
    readonly cname?: string;
    readonly name?: string;
    readonly tool?: string;
  }[];
};

/** RFC 3550, 6.6. */
export type Goodbye = { readonly kind: 'bye'; readonly ssrcs: readonly number[]; readonly reason?: string };

/** RFC 3550, 6.7. `name` = four ASCII characters; `dataLength` in octets. */
export type ApplicationDefined = {
  readonly kind: 'app';
  readonly subtype: number;
  readonly ssrc: number;
  readonly name: string;
  readonly dataLength: number;
};

/** SDES items (RFC 3550, 6.5): type, length, text; type 0 ends a chunk, which is padded to 32 bits. */
const CNAME = 1;
const NAME = 2;
const TOOL = 6;

const SSRC = 4;
const APP_NAME = 8;
const APP_DATA = 12;

type Chunk = SourceDescription['chunks'][number];

/** Whole chunks only. */
export function readSourceDescription(
  octets: Uint8Array,
  view: DataView,
  { start, end, count }: RtcpExtent,
): SourceDescription {
  const chunks: Chunk[] = [];
  let at = start + RTCP_HEADER;
  while (chunks.length < count && end - at >= 8) {
    const next = endOfItems(view, at + 4, end);
    if (next < 0) break;
    chunks.push(readChunk(octets, view, at, next));
    at += Math.ceil((next + 1 - at) / 4) * 4;
  }
  return { kind: 'sdes', chunks };
}

/** Where the zero that ends the items of a chunk stands; -1 if it is missing. */
function endOfItems(view: DataView, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (view.getUint8(at) === 0) return at;
    if (at + 2 > end) return -1;
    at += 2 + view.getUint8(at + 1);
  }
  return -1;
}

function readChunk(octets: Uint8Array, view: DataView, start: number, end: number): Chunk {
  const chunk: { ssrc: number; cname?: string; name?: string; tool?: string } = { ssrc: view.getUint32(start) };
  for (let at = start + 4; at < end; at += 2 + view.getUint8(at + 1)) {
    const type = view.getUint8(at);
    if (type !== CNAME && type !== NAME && type !== TOOL) continue;
    const text = decode(octets, at + 2, at + 2 + view.getUint8(at + 1));
    if (type === CNAME) chunk.cname = text;
    else if (type === NAME) chunk.name = text;
    else chunk.tool = text;
  }
  return chunk;
}

/** SSRCs that leave, and maybe why: a length octet and text. */
export function readGoodbye(octets: Uint8Array, view: DataView, { start, end, count }: RtcpExtent): Goodbye {
  const ssrcs: number[] = [];
  let at = start + RTCP_HEADER;
  for (; ssrcs.length < count && at + 4 <= end; at += 4) ssrcs.push(view.getUint32(at));
  const text = at + 1;
  const length = ssrcs.length === count && at < end ? view.getUint8(at) : 0;
  if (length === 0 || text + length > end) return { kind: 'bye', ssrcs };
  return { kind: 'bye', ssrcs, reason: decode(octets, text, text + length) };
}

/** Undefined if the capture cut it before the data. `length` = octets of the whole packet. */
export function readApplicationDefined(
  octets: Uint8Array,
  view: DataView,
  { start, end, count }: RtcpExtent,
  length: number,
): ApplicationDefined | undefined {
  if (end - start < APP_DATA) return undefined;
  const name = decode(octets, start + APP_NAME, start + APP_DATA);
  return { kind: 'app', subtype: count, ssrc: view.getUint32(start + SSRC), name, dataLength: length - APP_DATA };
}

const utf8 = new TextDecoder();

function decode(octets: Uint8Array, start: number, end: number): string {
  return utf8.decode(octets.subarray(start, end));
}
