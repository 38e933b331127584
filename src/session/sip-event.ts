import type { Endpoint } from '../model/channel.ts';
import { type SipMessage, sessionDescriptions, sipHeader } from '../packet/sip.ts';
import { parseSdp, type SdpMedia } from './sdp.ts';

/** Who is named in From or To (RFC 3261, 20.20, 20.39). */
export type SipName = { readonly uri: string; readonly display?: string; readonly tag?: string };

/** What dialogs need of one SIP message. */
export type SipEvent = {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Between which sockets the message went. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly callId: string;
  /** Method of the request, or of the request that is answered (CSeq). */
  readonly method: string;
  readonly sequence: number;
  /** Of a response, 100–699. */
  readonly status?: number;
  readonly from: SipName;
  readonly to: SipName;
  /** User-Agent or Server of who wrote it. */
  readonly agent?: string;
  /** The first session description that can be read. */
  readonly sdp?: readonly SdpMedia[];
};

/** Texts of other people's making are kept no longer than this. UTF-16 units. */
const LONGEST = 512;

/** The facts of a message; undefined where Call-ID, CSeq, From or To is missing: such a message belongs to no dialog. */
export function sipEvent(
  message: SipMessage,
  path: Pick<SipEvent, 'at' | 'source' | 'destination'>,
): SipEvent | undefined {
  const callId = bounded(sipHeader(message, 'call-id'));
  const [, number, method] = /^\s*(\d{1,10})\s+([A-Za-z]{1,32})\s*$/.exec(sipHeader(message, 'cseq') ?? '') ?? [];
  const from = nameOf(sipHeader(message, 'from'));
  const to = nameOf(sipHeader(message, 'to'));
  if (callId === undefined || number === undefined || method === undefined) return undefined;
  if (from === undefined || to === undefined) return undefined;
  const agent = bounded(sipHeader(message, message.status === undefined ? 'user-agent' : 'server'));
  const sdp = firstReadable(message);
  return {
    at: path.at,
    source: path.source,
    destination: path.destination,
    callId,
    method: method.toUpperCase(),
    sequence: Number(number),
    from,
    to,
    ...(message.status === undefined ? {} : { status: message.status }),
    ...(agent === undefined ? {} : { agent }),
    ...(sdp === undefined ? {} : { sdp }),
  };
}

function bounded(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed.slice(0, LONGEST);
}

/** `"Display" <uri>;tag=…` or `uri;tag=…`: without angle brackets the parameters are the header's (RFC 3261, 20.10). */
function nameOf(value: string | undefined): SipName | undefined {
  const text = value?.trim().slice(0, 4 * LONGEST);
  if (text === undefined || text === '') return undefined;
  const open = text.indexOf('<');
  const close = text.indexOf('>', open);
  const bracketed = open >= 0 && close > open;
  const uri = bracketed ? text.slice(open + 1, close) : (text.split(';')[0] ?? '');
  const parameters = bracketed ? text.slice(close + 1) : text.slice(uri.length);
  const display = bracketed ? text.slice(0, open).trim().replace(/^"|"$/g, '') : '';
  const tag = /;\s*tag\s*=\s*([^;\s]+)/i.exec(parameters)?.[1]?.slice(0, LONGEST);
  return {
    uri: uri.trim().slice(0, LONGEST),
    ...(display === '' ? {} : { display: display.slice(0, LONGEST) }),
    ...(tag === undefined ? {} : { tag }),
  };
}

/** As long as somebody holds what was read. */
const texts = new WeakMap<readonly SdpMedia[], string>();

/** The description of a message as it came, keys and all; undefined for one that came in none. */
export const textOf = (description: readonly SdpMedia[]): string | undefined => texts.get(description);

/** A description that cannot be read is no description: the message around it still counts. */
function firstReadable(message: SipMessage): readonly SdpMedia[] | undefined {
  for (const text of sessionDescriptions(message)) {
    try {
      const read = parseSdp(text);
      texts.set(read, text);
      return read;
    } catch {
      // The next part of a multipart body may be one (RFC 5621).
    }
  }
  return undefined;
}
