import type { LegPatch } from '../leg/leg.ts';
import type { LiveLegs } from '../leg/legs.ts';
import type { Change, NamedLegs } from '../leg/named-legs.ts';
import type { Leg, LegOnWire } from '../model/leg.ts';
import type { Found } from '../source/capture/capture-source.ts';
import type { FoundCall } from '../source/capture/messages.ts';

/** After a BYE the gateway that controls a leg may end it itself, with what it has left to tell. Seconds. */
const GRACE = 5;

type Log = { warn(fields: Readonly<Record<string, unknown>>, message: string): void };

/** Calls that the wire shows become legs, or tell more of those that somebody controls, and end them. */
export class FoundCalls {
  readonly #legs: LiveLegs;
  readonly #named: NamedLegs;
  readonly #log: Log;
  /** Controlled legs whose BYE was seen, by mediaLegId: when it came, epoch seconds. */
  readonly #ending = new Map<string, number>();

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

  /** Ends the controlled legs whose BYE nobody followed up. */
  async tick(now: number): Promise<void> {
    for (const [mediaLegId, at] of this.#ending) {
      if (now - at < GRACE) continue;
      this.#ending.delete(mediaLegId);
      await this.#end(mediaLegId, at, 'sip-bye');
    }
  }

  async #call(call: FoundCall): Promise<void> {
    const isOver = call.endedAt !== undefined;
    const isKnown = this.#named.liveNamed(call.callId) !== undefined;
    // Of a call that was joined at its end only, there is nothing to tell.
    if (isOver && !isKnown && call.sdp.local === undefined && call.sdp.remote === undefined) return;
    if (!isOver || !isKnown) await this.#named.change(call.callId, call.mediaLegId, changeOf(call));
    const leg = this.#named.liveNamed(call.callId);
    if (leg === undefined || call.endedAt === undefined) return;
    if (leg.wire?.alone) await this.#end(leg.mediaLegId, call.endedAt, 'sip-bye');
    else this.#ending.set(leg.mediaLegId, call.endedAt);
  }

  /** The streams themselves said goodbye. Who controls a leg knows better: they may come back in another call. */
  async #goodbye(mediaLegId: string, at: number): Promise<void> {
    for (const leg of this.#legs.all()) {
      if (leg.mediaLegId === mediaLegId && leg.wire?.alone) await this.#end(mediaLegId, at, 'rtcp-bye');
    }
  }

  async #end(mediaLegId: string, at: number, reason: string): Promise<void> {
    for (const leg of this.#legs.all()) {
      if (leg.mediaLegId !== mediaLegId) continue;
      await this.#legs.end(mediaLegId, { endedAt: Math.max(at, leg.startedAt), reason });
      return;
    }
  }
}

/** What a call on the wire changes of the leg that has its Call-ID. Of a call whose leg has ended, nothing. */
const changeOf =
  (call: FoundCall): Change =>
  (leg) => {
    if (leg?.state === 'ended' && endedWith(leg, call)) return undefined;
    const known = leg?.state === 'ended' ? undefined : leg;
    return { patch: patchOf(call, known), wire: wireOf(call, known), isAnother: known === undefined };
  };

const endedWith = (leg: Leg, call: FoundCall): boolean =>
  leg.mediaLegId === call.mediaLegId || (leg.endedAt ?? Number.POSITIVE_INFINITY) > call.answeredAt;

function patchOf(call: FoundCall, leg: Leg | undefined): LegPatch {
  const { control } = leg ?? {};
  const { callId, answeredAt, at, deviceAddress, deviceUri, sdp } = call;
  const aliases = [...new Set([...(control?.aliases ?? []), callId])];
  const isOurs = leg === undefined || leg.wire?.alone === true;
  // A leg may be told of while it still rings; one that goes on with a call of before begins later than its answer.
  const rang = control?.startedAt === undefined && answeredAt > (leg?.startedAt ?? answeredAt);
  const startedAt = isOurs || rang ? { startedAt: answeredAt } : {};
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
