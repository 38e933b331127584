import type { LegPatch } from '../leg/leg.ts';
import type { LiveLegs } from '../leg/legs.ts';
import type { Change, NamedLegs } from '../leg/named-legs.ts';
import type { Leg, LegOnWire } from '../model/leg.ts';
import { legIdOf } from '../session/leg-id.ts';
import type { Found } from '../source/capture/capture-source.ts';
import type { FoundCall } from '../source/capture/messages.ts';

/** After a BYE the gateway that controls a leg may end it itself, with what it has left to tell. Seconds. */
const GRACE = 5;

/** Legs that nobody controls and of which no packet was seen: more of them at once are no calls, but somebody's mischief. */
const MOST_MUTE = 500;

type Log = { warn(fields: Readonly<Record<string, unknown>>, message: string): void };

/** Calls that the wire shows become legs, or tell more of those that somebody controls, and end them. */
export class FoundCalls {
  readonly #legs: LiveLegs;
  readonly #named: NamedLegs;
  readonly #log: Log;
  /** Controlled legs whose BYE was seen, by mediaLegId: when it came, epoch seconds. */
  readonly #ending = new Map<string, number>();
  /** Legs, by mediaLegId, whose dialog is known to be up. */
  readonly #up = new Set<string>();
  #beginning = 0;

  constructor(legs: LiveLegs, named: NamedLegs, log: Log) {
    this.#legs = legs;
    this.#named = named;
    this.#log = log;
  }

  /** Takes what the capture found. Never rejects: what goes wrong is logged, and told again with the call's next change. */
  async take(found: Found): Promise<void> {
    try {
      if (found.kind === 'bye') await this.#goodbye(found.mediaLegId, found.at);
      else await this.#call(found.call);
    } catch (err) {
      const leg = found.kind === 'bye' ? found.mediaLegId : found.call.mediaLegId;
      this.#log.warn({ leg, source: 'capture', err }, 'a call on the wire could not be taken');
    }
  }

  /** Ends the controlled legs whose BYE nobody followed up, be it in this run of the agent or in the one before. */
  async tick(now: number): Promise<void> {
    const live = new Map([...this.#legs.all()].map((leg) => [leg.mediaLegId, leg]));
    for (const mediaLegId of this.#up) if (!live.has(mediaLegId)) this.#up.delete(mediaLegId);
    for (const mediaLegId of this.#ending.keys()) if (!live.has(mediaLegId)) this.#ending.delete(mediaLegId);
    this.#remember();
    // Else one would wait for as long as the clock is set back.
    for (const [mediaLegId, at] of this.#ending) if (Math.abs(now - at) >= GRACE) await this.#endByBye(mediaLegId, at);
  }

  /** Ends them now, as the agent stops. */
  async settle(): Promise<void> {
    this.#remember();
    for (const [mediaLegId, at] of this.#ending) await this.#endByBye(mediaLegId, at);
  }

  /** What the run before this one saw. */
  #remember(): void {
    for (const { mediaLegId, wire } of this.#legs.all())
      if (wire?.byeAt !== undefined && !this.#ending.has(mediaLegId)) this.#ending.set(mediaLegId, wire.byeAt);
  }

  /** One that cannot be written is tried again with the next tick. */
  async #endByBye(mediaLegId: string, at: number): Promise<void> {
    try {
      await this.#end(mediaLegId, at, 'sip-bye');
      this.#ending.delete(mediaLegId);
    } catch (err) {
      this.#log.warn({ leg: mediaLegId, source: 'capture', err }, 'a leg could not be ended by its BYE');
    }
  }

  async #call(call: FoundCall): Promise<void> {
    const isOver = call.endedAt !== undefined;
    const isKnown = this.#named.liveNamed(call.callId) !== undefined;
    // Of a call that was joined at its end only, there is nothing to tell.
    if (isOver && !isKnown && call.sdp.local === undefined && call.sdp.remote === undefined) return;
    if (isKnown ? !isOver : await this.#hasRoom()) await this.#change(call);
    const leg = this.#named.liveNamed(call.callId);
    if (leg === undefined) return;
    const { mediaLegId } = leg;
    if (call.endedAt === undefined) {
      this.#up.add(mediaLegId);
      return;
    }
    this.#up.delete(mediaLegId);
    this.#ending.set(mediaLegId, call.endedAt);
    if (leg.wire?.alone) await this.#endByBye(mediaLegId, call.endedAt);
    else await this.#note(call, call.endedAt);
  }

  /** An agent that is killed while the gateway may end the leg itself ends it when it comes back. */
  async #note({ callId, mediaLegId }: FoundCall, byeAt: number): Promise<void> {
    await this.#named.change(callId, mediaLegId, (leg) =>
      leg?.state === 'live' ? { patch: {}, wire: { ...leg.wire, byeAt } } : undefined,
    );
  }

  async #change(call: FoundCall): Promise<void> {
    this.#beginning += 1;
    try {
      await this.#named.change(call.callId, call.mediaLegId, changeOf(call));
    } finally {
      this.#beginning -= 1;
    }
  }

  /** The oldest leg without media makes room for the newest call. */
  async #hasRoom(): Promise<boolean> {
    if (this.#legs.mute.count + this.#beginning < MOST_MUTE || (await this.#legs.mute.endFirst())) return true;
    this.#log.warn({ source: 'capture', legs: MOST_MUTE }, 'too many calls without media on the wire');
    return false;
  }

  /**
   * The streams themselves said goodbye. Who controls a leg knows better, and so does a dialog that is up: on hold they
   * say so, too, and come back.
   */
  async #goodbye(mediaLegId: string, at: number): Promise<void> {
    if (this.#up.has(mediaLegId)) return;
    for (const leg of this.#legs.all()) {
      if (leg.mediaLegId === mediaLegId && leg.wire?.alone) await this.#end(mediaLegId, at, 'rtcp-bye');
    }
  }

  async #end(mediaLegId: string, at: number, reason: string): Promise<void> {
    for (const leg of this.#legs.all()) {
      if (leg.mediaLegId !== mediaLegId) continue;
      await this.#legs.end(mediaLegId, { endedAt: at, isSeen: true, reason });
      return;
    }
  }
}

/**
 * What a call on the wire changes of the leg that has its Call-ID. Of a call whose leg has ended, nothing; but one that was
 * given up for want of media is begun again if it goes on.
 */
const changeOf =
  (call: FoundCall): Change =>
  (leg) => {
    const isGivenUp = leg?.endReason === 'no-media';
    if (leg?.state === 'ended' && (isGivenUp ? call.endedAt !== undefined : endedWith(leg, call))) return undefined;
    const known = leg?.state === 'ended' ? undefined : leg;
    const told = { patch: patchOf(call, known), wire: wireOf(call, known), isAnother: known === undefined };
    return leg !== undefined && isGivenUp ? { ...told, mediaLegId: legIdOf(leg.mediaLegId) } : told;
  };

const endedWith = (leg: Leg, call: FoundCall): boolean =>
  leg.mediaLegId === call.mediaLegId || (leg.endedAt ?? Number.POSITIVE_INFINITY) > call.answeredAt;

function patchOf(call: FoundCall, leg: Leg | undefined): LegPatch {
  const { control } = leg ?? {};
  const { callId, answeredAt, joined, at, deviceAddress, deviceUri, sdp } = call;
  const aliases = [...new Set([...(control?.aliases ?? []), callId])];
  const isOurs = leg === undefined || leg.wire?.alone === true;
  // A leg may be told of while it still rings; one that goes on with a call of before begins later than its answer.
  const rang = control?.startedAt === undefined && !joined && answeredAt > (leg?.startedAt ?? answeredAt);
  // What was measured counts, also where the wire's reader comes to know the call later than the leg (a restart).
  const ours = isOurs ? Math.min(answeredAt, leg?.startedAt ?? answeredAt) : answeredAt;
  const startedAt = (isOurs && (leg === undefined || !joined)) || rang ? { startedAt: ours } : {};
  return {
    aliases,
    at,
    ...startedAt,
    ...(control?.deviceAddress === undefined ? { deviceAddress } : {}),
    ...(control?.deviceUri === undefined && deviceUri !== undefined ? { deviceUri } : {}),
    ...(isSdpOurs(leg) ? { sdp } : {}),
  };
}

const isSdpOurs = (leg: Leg | undefined): boolean => leg?.control.sdp === undefined || leg.wire?.sdp === true;

const wireOf = ({ deviceName }: FoundCall, leg: Leg | undefined): LegOnWire => ({
  ...(leg === undefined || leg.wire?.alone ? { alone: true } : {}),
  ...(deviceName === undefined ? {} : { userAgent: deviceName }),
  ...(isSdpOurs(leg) ? { sdp: true } : {}),
});
