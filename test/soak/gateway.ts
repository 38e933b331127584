import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ControlClient } from '../../src/client/control-client.ts';
import { ControlError } from '../../src/client/control-error.ts';
import { audio, slimStats } from '../daemon/slim-gateway.ts';
import type { Seeded } from './seeded.ts';

/** What the gateway knows of one leg, and what the agent has answered it. */
export type SoakLeg = {
  readonly mediaLegId: string;
  readonly tenantId: string;
  readonly since: number;
  begun: boolean;
  samples: number;
  /** Its end was asked for, and perhaps not answered. */
  ending: boolean;
  /** The body that the 2xx on the end showed: from then on it is promised. */
  promised?: unknown;
};

/** Legs that a gateway has open at once: with more of them no round would come to an end of one. */
const MOST_OPEN = 12;

/** The calls that a kill may be aimed at. */
export type Doing = 'begin' | 'sample' | 'end';

/**
 * A gateway that begins, measures and ends legs as a seed says, whatever becomes of the agent: what was not answered is
 * asked again of the next one.
 */
export class SoakGateway {
  readonly legs: SoakLeg[] = [];
  readonly #random: Seeded;
  readonly #doing: (what: Doing) => void;
  /** What an agent answered other than it promised. */
  readonly broken: string[] = [];

  constructor(random: Seeded, doing: (what: Doing) => void) {
    this.#random = random;
    this.#doing = doing;
  }

  get open(): readonly SoakLeg[] {
    return this.legs.filter(({ promised }) => promised === undefined);
  }

  get promised(): readonly SoakLeg[] {
    return this.legs.filter(({ promised }) => promised !== undefined);
  }

  /** Several legs at once, each until it has ended, is left open for the next round, or the agent is gone. */
  async work(client: ControlClient): Promise<void> {
    const room = MOST_OPEN - this.open.length;
    for (let more = Math.min(room, this.#random.between(2, 6)); more > 0; more -= 1) this.legs.push(this.#newLeg());
    await Promise.all(this.open.map((leg) => this.#drive(client, leg, this.#random.next() < 0.75)));
  }

  /** Ends all that is left. */
  async finish(client: ControlClient): Promise<void> {
    for (const leg of this.open) await this.#drive(client, leg, true);
  }

  #newLeg(): SoakLeg {
    const tenantId = this.#random.pick(['a', 'b', 'c']).repeat(8);
    return {
      mediaLegId: this.#random.guid(),
      tenantId: `${tenantId}-0000-0000-0000-000000000000`,
      since: Date.now() / 1000 - 10,
      begun: false,
      samples: 0,
      ending: false,
    };
  }

  async #drive(client: ControlClient, leg: SoakLeg, toTheEnd: boolean): Promise<void> {
    if (leg.ending) return this.#asked(() => this.#end(client, leg), leg);
    const samples = Math.max(leg.samples === 0 ? 1 : 0, this.#random.between(0, 4));
    const pauses = Array.from({ length: samples + 2 }, () => this.#random.between(0, 40));
    await this.#asked(async () => {
      await sleep(pauses[0]);
      if (!leg.begun) await this.#begin(client, leg);
      for (let n = 0; n < samples; n += 1) {
        await sleep(pauses[n + 1]);
        await this.#sample(client, leg);
      }
      await sleep(pauses[samples + 1]);
      if (toTheEnd) await this.#end(client, leg);
    }, leg);
  }

  async #asked(work: () => Promise<void>, leg: SoakLeg): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      // Without an answer nothing is promised. An answer that says no to what must be possible is a broken promise.
      if (error.status !== undefined)
        this.broken.push(`${leg.mediaLegId}: ${error.status} ${error.code} ${error.message}`);
    }
  }

  async #begin(client: ControlClient, leg: SoakLeg): Promise<void> {
    this.#doing('begin');
    const call = { callChainId: leg.mediaLegId, participantId: leg.mediaLegId, tenantId: leg.tenantId };
    const startedAt = new Date(leg.since * 1000).toISOString();
    await client.putLeg(leg.mediaLegId, { ...call, ...audio, deviceAddress: '10.1.2.3', startedAt });
    leg.begun = true;
  }

  async #sample(client: ControlClient, leg: SoakLeg): Promise<void> {
    this.#doing('sample');
    await client.postStats(leg.mediaLegId, slimStats(Date.now() / 1000, leg.since, 50));
    leg.samples += 1;
  }

  async #end(client: ControlClient, leg: SoakLeg): Promise<void> {
    this.#doing('end');
    leg.ending = true;
    const { report, delivery } = await client.end(leg.mediaLegId);
    if (leg.samples > 0 && (report === undefined || !['queued', 'delivered'].includes(delivery.state)))
      this.broken.push(`${leg.mediaLegId}: ended as ${delivery.state} although it was measured`);
    leg.promised = report ?? {};
  }
}

/** Whether what Graph got is what was shown when the leg ended. */
export const asPromised = (leg: SoakLeg, body: unknown): boolean => isDeepStrictEqual(leg.promised, body);
