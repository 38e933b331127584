import { OtherlegError } from '../../model/error.ts';
import { isRepairCodec } from '../../session/payload-types.ts';
import { parseSdp, type SdpMedia } from '../../session/sdp.ts';
import { RTCPeerConnection } from './library.ts';
import type { SessionSample } from './protocol.ts';
import { slim } from './slim.ts';

const AUXILIARY = /^(?:red|cn|telephone-event)$/i;

/** A peer connection that takes what is sent to it, counts it and throws it away. Lives in the child process. */
export class Receiver {
  readonly session: string;
  // RFC 9725, 4.4: everything in one bundle. It also spares descriptors.
  readonly #connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  readonly #closed = Promise.withResolvers<never>();

  constructor(session: string) {
    this.session = session;
    this.#closed.promise.catch(() => undefined);
  }

  /** The answer to an offer, with all candidates (no trickle ICE). Rejects with SDP_INVALID, or when closed meanwhile. */
  async answer(offer: string): Promise<string> {
    await this.#negotiate(withActiveClient(offer)).catch(refused);
    await Promise.race([this.#gathered(), this.#closed.promise]);
    return this.#connection.localDescription?.sdp ?? '';
  }

  async sample(): Promise<SessionSample> {
    const { session } = this;
    const stats = await this.#connection.getStats();
    return { session, state: this.#connection.connectionState, report: slim(session, stats.values(), Date.now()) };
  }

  close(): void {
    this.#closed.reject(new OtherlegError('WHIP_FAILED', 'the session was closed before it was answered'));
    this.#connection.close();
  }

  async #negotiate(offer: string): Promise<void> {
    const connection = this.#connection;
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const hollow = hollowLines((await connection.createAnswer()).sdp);
    if (hollow.length > 0) {
      // Its transport is that of the whole bundle (RFC 9143, 7.3); browsers cannot follow when another line takes over.
      if (hollow.some(({ mid, bundle }) => mid === bundle)) throw unreceivable('the first media of the bundle');
      await connection.setRemoteDescription({ type: 'rollback', sdp: '' });
      await connection.setRemoteDescription({ type: 'offer', sdp: withoutLines(offer, hollow) });
    }
    const answer = await connection.createAnswer();
    if (!parseSdp(answer.sdp).some(({ rejected, direction }) => !rejected && direction === 'recvonly'))
      throw unreceivable('any media');
    await connection.setLocalDescription(answer);
  }

  #gathered(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#connection.iceGatheringState === 'complete') resolve();
      };
      this.#connection.addEventListener('icegatheringstatechange', look);
      look();
    });
  }
}

/**
 * Lines on which nothing is left that could be received: data channels, and those whose only codec is unknown here. Of the
 * latter libwebrtc takes redundancy and repair alone, and then fails on the whole answer.
 */
function hollowLines(answer: string): readonly SdpMedia[] {
  return parseSdp(answer).filter(({ rejected, payloadTypes }) => {
    return !rejected && payloadTypes.every(({ codec }) => isRepairCodec(codec) || AUXILIARY.test(codec));
  });
}

/** The offer with the port of these lines set to zero (RFC 3264, 8.2): they will be answered so. */
function withoutLines(offer: string, lines: readonly SdpMedia[]): string {
  const numbers = new Set(lines.map(({ mLine }) => mLine));
  let mLine = -1;
  return offer.replaceAll(/^(m=\S+) \d+/gm, (text, kind) => {
    mLine += 1;
    return numbers.has(mLine) ? `${kind} 0` : text;
  });
}

/** RFC 9725, 4.4: to an `actpass` the endpoint should answer `passive`. An active offer leaves libwebrtc no other answer. */
const withActiveClient = (offer: string): string => offer.replaceAll(/^a=setup:actpass(?=\s*$)/gm, 'a=setup:active');

function refused(error: unknown): never {
  if (error instanceof OtherlegError) throw error;
  const why = error instanceof Error ? error.message : String(error);
  throw new OtherlegError('SDP_INVALID', `The offer cannot be answered: ${why}`, {
    hint: 'Offer WebRTC media: DTLS fingerprint, ICE, BUNDLE and rtcp-mux, as RFC 9725 asks of a WHIP client.',
  });
}

const unreceivable = (what: string): OtherlegError =>
  new OtherlegError('SDP_INVALID', `The agent cannot receive ${what} of the offer.`, {
    hint: 'Offer sendonly or sendrecv, audio first, in opus, G.722, PCMU or PCMA and VP8, VP9 or AV1; for H.264 post stats instead.',
  });
