import { randomUUID } from 'node:crypto';
import type { Resume, Sink, Source } from '../../leg/leg.ts';
import type { Media } from '../../model/channel.ts';
import type { Clock } from '../../model/clock.ts';
import { OtherlegError } from '../../model/error.ts';
import type { Leg } from '../../model/leg.ts';
import { parseSdp, type SdpMedia } from '../../session/sdp.ts';
import { GetStatsSource } from '../getstats/getstats-source.ts';
import { AlignedTimer } from './aligned-timer.ts';
import { OnDemandChild } from './on-demand-child.ts';
import type { SessionSample } from './protocol.ts';

/** What an answer may take: starting the child, negotiation, gathering of candidates. Seconds. */
const OFFER_SECONDS = 10;
/** A child that gives no samples for so long hangs. Seconds. */
const SAMPLE_SECONDS = 5;
/** Within the 500 ms that the end of a leg waits for its sources. Seconds. */
const LAST_SAMPLE_SECONDS = 0.35;
const IDLE_SECONDS = 30;
const CONNECT_SECONDS = 30;

/** RTCPeerConnectionState (W3C webrtc, 4.3.3) before the first connection, and after the last. */
const UNCONNECTED = new Set(['new', 'connecting']);
const GONE = new Set(['failed', 'closed']);

/** What the source says to operators; keys as in docs. */
export interface WebRtcLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export type WebRtcOptions = {
  readonly slotSeconds: number;
  readonly samplingInterval: number;
  /** Peer connections at once, over all legs. */
  readonly maximumSessions: number;
  readonly clock: Clock;
  readonly log: WebRtcLog;
  /** The child process ends when it has had no session for so long; 30 s if absent. */
  readonly idleSeconds?: number;
  /** A session whose client has not connected by then is given up; 30 s if absent. */
  readonly connectSeconds?: number;
  /** How long the last sample of a session is waited for; 0.35 s if absent. */
  readonly lastSampleSeconds?: number;
};

type Session = { readonly mediaLegId: string; answeredAt?: number; state: string };

/**
 * The agent's own peer connections: a gateway offers a leg's media by WHIP (RFC 9725), and what their statistics tell is
 * measured. They live in a child process, because the native library can take its process down: a crash costs the
 * sessions, and their legs go on with what they have.
 */
export class WebRtcSource implements Source {
  readonly kind = 'webrtc';
  readonly counters = { opened: 0, refused: 0, givenUp: 0, crashes: 0 };
  readonly #options: WebRtcOptions;
  readonly #stats: GetStatsSource;
  readonly #timer: AlignedTimer;
  readonly #child: OnDemandChild;
  readonly #followed = new Set<string>();
  readonly #sessions = new Map<string, Session>();
  #sampling = false;
  #stopped = false;

  constructor(sink: Sink, options: WebRtcOptions) {
    const { slotSeconds, samplingInterval, clock, idleSeconds = IDLE_SECONDS } = options;
    this.#options = options;
    this.#stats = new GetStatsSource(sink, { slotSeconds, samplingInterval, kind: 'webrtc' });
    this.#timer = new AlignedTimer(samplingInterval, clock, () => void this.#sample(SAMPLE_SECONDS));
    this.#child = new OnDemandChild({ idleSeconds, onCrash: (how) => this.#crashed(how) });
  }

  get #lastSampleSeconds(): number {
    return this.#options.lastSampleSeconds ?? LAST_SAMPLE_SECONDS;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  follow(leg: Leg, resume?: Resume): void {
    this.#followed.add(leg.mediaLegId);
    this.#stats.follow(leg, resume);
  }

  async release(mediaLegId: string, endedAt: number): Promise<void> {
    this.#followed.delete(mediaLegId);
    const mine = [...this.#sessions].filter(([, session]) => session.mediaLegId === mediaLegId);
    await this.#finish(
      mediaLegId,
      mine.map(([id]) => id),
    );
    await this.#stats.release(mediaLegId, endedAt);
  }

  /**
   * Answers an offer of the leg's media. Rejects with SDP_INVALID if it cannot be received, WHIP_FAILED if there are too
   * many sessions or the child process fails, LEG_ENDED if the leg ends meanwhile.
   */
  async offer(mediaLegId: string, sdp: string): Promise<{ readonly session: string; readonly answer: string }> {
    const session = randomUUID();
    try {
      const offered = parseSdp(sdp);
      this.#admit(mediaLegId);
      const answer = await this.#answer(mediaLegId, session, sdp);
      this.counters.opened += 1;
      this.#options.log.info(
        { leg: mediaLegId, session, ...refusedMedia(offered, parseSdp(answer)) },
        'WHIP session opened',
      );
      return { session, answer };
    } catch (error) {
      this.counters.refused += 1;
      throw error;
    }
  }

  /** Ends a session; what it measured up to now has reached the sink. Rejects with WHIP_SESSION_UNKNOWN. */
  async close(mediaLegId: string, session: string): Promise<void> {
    if (this.#sessions.get(session)?.mediaLegId !== mediaLegId) {
      throw new OtherlegError('WHIP_SESSION_UNKNOWN', `leg ${mediaLegId} has no session ${session}`, {
        hint: 'it has ended; to go on, offer again',
      });
    }
    await this.#finish(mediaLegId, [session]);
  }

  /** Takes a last sample of every session and ends the child process. Nothing can be offered from then on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer.stop();
    await this.#sample(this.#lastSampleSeconds);
    this.#sessions.clear();
    await this.#child.end();
  }

  #admit(mediaLegId: string): void {
    if (this.#stopped) throw new OtherlegError('DRAINING', 'the agent is stopping');
    if (!this.#followed.has(mediaLegId)) {
      throw new OtherlegError('SOURCE_NOT_CONFIGURED', `leg ${mediaLegId} is not measured by webrtc`, {
        hint: 'leave sources out of PUT /v1/legs/{mediaLegId}, or name webrtc there',
      });
    }
    if (this.#sessions.size < this.#options.maximumSessions) return;
    throw new OtherlegError('WHIP_FAILED', `all ${this.#options.maximumSessions} WHIP sessions are in use`, {
      hint: 'end one by DELETE, post stats instead, or raise sources.webrtc.maximumSessions',
    });
  }

  async #answer(mediaLegId: string, session: string, sdp: string): Promise<string> {
    const child = this.#child.use();
    this.#sessions.set(session, { mediaLegId, state: 'new' });
    this.#timer.start();
    try {
      const answer = await child.call('offer', { session, sdp }, OFFER_SECONDS);
      this.#answered(session);
      return answer;
    } catch (error) {
      this.#forget(session);
      child.call('close', { session }, SAMPLE_SECONDS).catch(() => undefined); // it may be at work on the offer yet
      if (this.#followed.has(mediaLegId)) throw error;
      throw new OtherlegError('LEG_ENDED', `leg ${mediaLegId} ended while its offer was answered`);
    }
  }

  /** Its counters begin at zero now: an empty report says so, and its first sample counts whole. */
  #answered(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new OtherlegError('WHIP_FAILED', 'the session ended before it was answered');
    session.answeredAt = this.#options.clock.now();
    this.#stats.push(session.mediaLegId, { timestamp: session.answeredAt * 1000, stats: [] }, session.answeredAt);
  }

  #crashed(how: string): void {
    this.counters.crashes += 1;
    this.#options.log.warn({ source: 'webrtc', how, sessions: this.#sessions.size }, 'WebRTC child process crashed');
    this.#timer.stop();
    this.#sessions.clear();
  }

  async #sample(deadlineSeconds: number): Promise<void> {
    const child = this.#child.running;
    if (child === undefined || this.#sampling) return;
    this.#sampling = true;
    const samples = await child.call('sample', null, deadlineSeconds).catch((error: unknown) => {
      // It would not answer an offer either: the next one gets a new child.
      this.#options.log.warn({ source: 'webrtc', err: error }, 'WebRTC child process gives no samples');
      child.kill();
      return [];
    });
    this.#sampling = false;
    this.#take(samples.filter(({ session }) => this.#sessions.has(session)));
  }

  #take(samples: readonly SessionSample[]): void {
    const byLeg = Map.groupBy(samples, ({ session }) => this.#sessions.get(session)?.mediaLegId ?? '');
    for (const [mediaLegId, taken] of byLeg) this.#push(mediaLegId, taken);
    for (const { session, state } of samples) this.#note(session, state);
  }

  /** One report a leg, whatever the number of its sessions. */
  #push(mediaLegId: string, samples: readonly SessionSample[]): void {
    if (samples.length === 0) return;
    const timestamp = Math.max(...samples.map(({ report }) => report.timestamp));
    const stats = samples.flatMap(({ report }) => report.stats);
    this.#stats.push(mediaLegId, { timestamp, stats }, this.#options.clock.now());
  }

  /** Tells of changes, and gives up what will not come back: the client can offer again. */
  #note(id: string, state: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    const { log, clock, connectSeconds = CONNECT_SECONDS } = this.#options;
    const fields = { leg: session.mediaLegId, session: id, state };
    if (state !== session.state && state === 'connected') log.info(fields, 'WHIP client connected');
    if (state !== session.state && state === 'disconnected') log.warn(fields, 'WHIP client is silent');
    session.state = state;
    const waited = clock.now() - (session.answeredAt ?? clock.now());
    const late = UNCONNECTED.has(state) && waited >= connectSeconds;
    if (!late && !GONE.has(state)) return;
    this.counters.givenUp += 1;
    log.warn(fields, late ? 'WHIP client did not connect' : 'WHIP client is gone');
    void this.#finish(session.mediaLegId, [id]);
  }

  async #finish(mediaLegId: string, sessions: readonly string[]): Promise<void> {
    const child = this.#child.running;
    const last = sessions.map(async (session) => {
      this.#forget(session);
      try {
        return (await child?.call('close', { session }, this.#lastSampleSeconds)) ?? [];
      } catch (error) {
        this.#options.log.warn({ leg: mediaLegId, session, err: error }, 'no last sample of a WHIP session');
        return [];
      }
    });
    this.#push(mediaLegId, (await Promise.all(last)).flat());
  }

  #forget(session: string): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    this.#timer.stop();
    this.#child.rest();
  }
}

/**
 * Media that the answer turned down, for want of a codec that both sides have. RFC 9725, 4.4 would rather refuse the whole
 * offer, lest somebody believe that all is taken; but half a measurement is better than none, and the log says which.
 */
function refusedMedia(offered: readonly SdpMedia[], answered: readonly SdpMedia[]): { readonly refused?: Media[] } {
  const rejected = new Set(answered.filter((line) => line.rejected).map(({ mLine }) => mLine));
  const refused = offered.flatMap(({ media, mLine }) => (media !== undefined && rejected.has(mLine) ? [media] : []));
  return refused.length === 0 ? {} : { refused };
}
