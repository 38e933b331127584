import type { Leg } from '../../model/leg.ts';
import { type Imported, importedQuality } from './imported.ts';
import { participantOf } from './participant.ts';
import type { WebexItem } from './shape.ts';
import type { Qualities, WebexClient } from './webex-client.ts';

export type WebexSourceParts = {
  readonly client: Pick<WebexClient, 'qualities'>;
  /** Epoch seconds. */
  readonly now: () => number;
  /** A leg as it is now; undefined: it waits for us no more. */
  readonly waiting: (mediaLegId: string) => Promise<Leg | undefined>;
  /** Hands over what was measured of a leg, or that nothing will come. May reject: it is tried again. */
  readonly deliver: (mediaLegId: string, quality: Imported | undefined) => Promise<unknown>;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

/** Webex tells of a meeting from ten minutes after its begin on, for seven days. Seconds. */
const READY = 600;
const KEPT = 7 * 86_400;
/** One call per meeting. Seconds. */
const PAUSE = 300;
const LONGEST_PAUSE = 3600;
/** The last sample of a participant who left comes a little later. Seconds. */
const SETTLES = 60;
/** Who is told to be there still, so long after the leg's end, was forgotten. Seconds. */
const FORGOTTEN = 3600;
/** Meetings asked for at once. */
const AT_ONCE = 4;

/** Answers that say something of a meeting, or ask for patience. */
const OF_MEETINGS: ReadonlySet<number> = new Set([400, 404, 423, 429]);

type Meeting = {
  readonly legs: Set<string>;
  dueAt: number;
  /** Not before then, whoever asks. */
  freeAt: number;
  tries: number;
  /** Pages that are there already, and where to go on. */
  items: readonly WebexItem[];
  rest: string | undefined;
};

/** What Webex says that it measured, imported after legs have ended: one meeting is asked for once for all its legs. */
export class WebexSource {
  readonly kind = 'webex';
  readonly counters = { asked: 0, failed: 0, imported: 0, ambiguous: 0, givenUp: 0 };
  /** Why the last request failed, where Webex cannot be asked at all; a meeting that it does not know yet is no trouble. */
  trouble: string | undefined;
  readonly #parts: WebexSourceParts;
  readonly #meetings = new Map<string, Meeting>();

  constructor(parts: WebexSourceParts) {
    this.#parts = parts;
  }

  get waitingCount(): number {
    let count = 0;
    for (const { legs } of this.#meetings.values()) count += legs.size;
    return count;
  }

  /** An ended leg waits for what Webex measured of it. */
  await(leg: Leg): void {
    const { mediaLegId, control } = leg;
    const { startedAt, endedAt } = lasted(leg, this.#parts.now());
    const meetingId = control.webex?.meetingId ?? '';
    const first = Math.max(startedAt + READY, endedAt + SETTLES);
    const meeting = this.#meetings.get(meetingId) ?? newMeeting();
    this.#meetings.set(meetingId, meeting);
    const isFirst = meeting.legs.size === 0;
    meeting.legs.add(mediaLegId);
    meeting.tries = 0;
    meeting.dueAt = Math.max(meeting.freeAt, isFirst ? first : Math.min(first, meeting.dueAt));
  }

  /** Asks for the meetings that are due, and answers when the next one is (epoch seconds). One call at a time. Never rejects. */
  async askDue(): Promise<number | undefined> {
    const now = this.#parts.now();
    for (const [id, meeting] of this.#meetings)
      if (meeting.legs.size === 0 && now >= meeting.freeAt) this.#meetings.delete(id);
    const due = [...this.#meetings].filter(([, { legs, dueAt }]) => legs.size > 0 && dueAt <= now);
    for (let at = 0; at < due.length; at += AT_ONCE)
      await Promise.all(due.slice(at, at + AT_ONCE).map(([id, meeting]) => this.#turn(id, meeting)));
    const waiting = [...this.#meetings.values()].filter(({ legs }) => legs.size > 0);
    return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ dueAt }) => dueAt));
  }

  /** The clock was set back by so many seconds: nobody waits for as long as it was ahead. */
  setBack(seconds: number): void {
    for (const meeting of this.#meetings.values()) {
      meeting.dueAt -= seconds;
      meeting.freeAt -= seconds;
    }
  }

  async #turn(meetingId: string, meeting: Meeting): Promise<void> {
    try {
      const legs = await this.#waiting(meetingId, meeting);
      if (legs.length === 0) return;
      this.counters.asked += 1;
      const answer = await this.#parts.client.qualities(meetingId, meeting.rest);
      this.#note(meetingId, meeting, answer);
      for (const leg of legs) await this.#settle(meeting, leg, answer.kind === 'items');
    } catch (err) {
      this.#parts.log.warn({ err }, 'what Webex measured could not be taken in');
      this.#later(meeting, undefined);
    }
  }

  /** The legs of a meeting that wait still; one whose meeting was told anew goes there. */
  async #waiting(meetingId: string, meeting: Meeting): Promise<readonly Leg[]> {
    const legs: Leg[] = [];
    for (const mediaLegId of [...meeting.legs]) {
      const leg = await this.#parts.waiting(mediaLegId);
      if (leg?.control.webex?.meetingId === meetingId) {
        legs.push(leg);
        continue;
      }
      meeting.legs.delete(mediaLegId);
      if (leg?.control.webex !== undefined) this.await(leg);
      else if (leg !== undefined) await this.#giveUp(meeting, leg);
    }
    return legs;
  }

  #note(meetingId: string, meeting: Meeting, answer: Qualities): void {
    const { log } = this.#parts;
    if (answer.kind === 'items') {
      meeting.items = meeting.rest === undefined ? answer.items : [...meeting.items, ...answer.items];
      meeting.rest = answer.rest;
      this.trouble = undefined;
    } else {
      this.counters.failed += 1;
      this.trouble = OF_MEETINGS.has(answer.status ?? 0) ? undefined : answer.reason;
      const { kind: _, ...fields } = answer;
      log.warn({ meeting: meetingId, ...fields }, 'Webex did not tell what it measured; it is asked again');
    }
    this.#later(meeting, answer.retryAfter);
  }

  /** Twice as long each time, and never sooner than Webex allows. */
  #later(meeting: Meeting, retryAfter: number | undefined): void {
    const now = this.#parts.now();
    const pause = Math.min(LONGEST_PAUSE, PAUSE * 2 ** Math.min(10, meeting.rest === undefined ? meeting.tries : 0));
    meeting.tries += 1;
    meeting.freeAt = now + Math.max(PAUSE, retryAfter ?? 0);
    meeting.dueAt = Math.max(meeting.freeAt, now + pause);
  }

  async #settle(meeting: Meeting, leg: Leg, answered: boolean): Promise<void> {
    const now = this.#parts.now();
    const { mediaLegId, control } = leg;
    const { startedAt, endedAt } = lasted(leg, now);
    // Webex will know nothing more of it when it may be asked again.
    const isLast = meeting.dueAt > startedAt + KEPT;
    const found =
      control.webex === undefined
        ? 'none'
        : participantOf(meeting.items, control.webex, { from: leg.startedAt, to: leg.endedAt ?? now });
    if (found === 'ambiguous' && answered) {
      this.counters.ambiguous += 1;
      this.#parts.log.warn(
        { leg: mediaLegId, meeting: control.webex?.meetingId },
        'several participants of the Webex meeting fit this leg, so none is taken; tell webex.participantSessionId',
      );
    }
    if (typeof found === 'object') {
      const isOver = found.item.leaveTime !== undefined || now >= endedAt + FORGOTTEN || isLast;
      if (!isOver || !(answered || isLast)) return;
      await this.#parts.deliver(mediaLegId, importedQuality(found.item, mediaLegId));
      this.counters.imported += 1;
      meeting.legs.delete(mediaLegId);
    } else if (isLast) await this.#giveUp(meeting, leg);
  }

  async #giveUp(meeting: Meeting, { mediaLegId }: Leg): Promise<void> {
    await this.#parts.deliver(mediaLegId, undefined);
    this.counters.givenUp += 1;
    meeting.legs.delete(mediaLegId);
    this.#parts.log.warn({ leg: mediaLegId }, 'Webex told nothing of this leg; its report goes without');
  }
}

/** When a leg lasted. One that ended in the future, before the clock was set back, counts as ended now. */
function lasted({ startedAt, endedAt }: Leg, now: number) {
  const end = Math.min(endedAt ?? now, now);
  return { startedAt: startedAt + end - (endedAt ?? now), endedAt: end };
}

const newMeeting = (): Meeting => ({
  legs: new Set(),
  dueAt: Number.POSITIVE_INFINITY,
  freeAt: Number.NEGATIVE_INFINITY,
  tries: 0,
  items: [],
  rest: undefined,
});
