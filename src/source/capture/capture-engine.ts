import { entry } from '../entry.ts';
import { CaptureThread } from './capture-thread.ts';
import type { Tool } from './command.ts';
import { mediaFilter, signallingFilter } from './filter.ts';
import { isDown } from './interface-state.ts';
import { type CaptureLog, Lane, type LaneState } from './lane.ts';
import { placesOf } from './leg-ports.ts';
import type { CaptureSight, FollowedLeg, FromMeter, PushedRtcp } from './messages.ts';
import { ringOctets } from './ring.ts';
import type { FromReader, LaneName, ToReader } from './thread-messages.ts';
import { trouble } from './trouble.ts';

export type { CaptureLog, LaneState } from './lane.ts';

const SNAP_LENGTH = 256;
/** Once a leg has keys: a large SRTCP that is cut cannot be opened, for its tag is at its end. Costs twice the ring. */
const KEYED_SNAP_LENGTH = 512;
/** More than a SIP message has, also where the card joins TCP segments; the ring holds a thousand. Octets. */
const SIGNALLING_SNAP_LENGTH = 16_384;
const SIGNALLING_RING = 16 * 1024 ** 2;

const POLL_MILLIS = 1000;
/** Ports of legs that are over stay in the filter until so many polls later: each change costs a second capture. */
const POLLS_TO_NARROW = 60;
/** Calls that ring at once have fewer ports; more are somebody's mischief. */
const MOST_EXPECTED = 2000;
const RELEASE_SECONDS = 0.48;
const LOOK_SECONDS = 2;
const FINISH_SECONDS = 2;
/** A thread that failed is started again so much later. Milliseconds. */
const THREAD_RETRY = 1000;

export type CaptureEngineOptions = {
  /** Network interface; `any` = all. */
  readonly interface: string;
  readonly tool: 'auto' | Tool;
  readonly slotSeconds: number;
  /** Octets kept of each packet; if absent 256, and 512 once a leg has keys: the tag of SRTCP is at its end. */
  readonly snapLength?: number;
  /** Octets of the kernel's ring; by rule if absent (ring.ts). */
  readonly ring?: number;
  /** Ports of SIP in clear by which calls are found; none: not looked for. */
  readonly signalling: readonly number[];
  /** Addresses and networks of the configured devices: their UDP is taken whatever its ports. */
  readonly networks: readonly string[];
  /** Whether packets in tunnels are measured (GRE, ERSPAN, IP in IP, VXLAN, Geneve, GTP); false if absent. */
  readonly tunnels?: boolean;
  /** The thread's file, if it is not worker.ts. */
  readonly thread?: URL;
};

/** Whether its SRTCP may be opened: by keys that were told, or by those that its descriptions hold on the wire. */
const isKeyed = ({ keys = [], control: { sdp } }: FollowedLeg): boolean =>
  keys.length > 0 || [sdp?.local, sdp?.remote].some((text) => text !== undefined && /^a=crypto:/m.test(text));

/** What the capture sees, and how its children stand. */
export type EngineSight = CaptureSight & {
  readonly media: LaneState;
  /** Absent where calls are not looked for. */
  readonly signalling?: LaneState;
};

/**
 * Everything between the wire and the meter: a capturing child with a filter for the legs that are followed, a thread that
 * reads and measures, and what is known of packets that neither saw. It never throws for what it lacks; `look` tells.
 */
export class CaptureEngine {
  readonly counters = { threadRestarts: 0 };
  readonly #options: CaptureEngineOptions;
  readonly #on: (message: FromMeter) => void;
  readonly #log: CaptureLog;
  readonly #legs = new Map<string, FollowedLeg>();
  #networks: readonly string[];
  #ports = new Set<number>();
  /** Ports of calls that ring or were just answered: since the filter was narrowed last, and before. */
  #expected = new Set<number>();
  #expectedBefore = new Set<number>();
  #addresses = new Set<string>();
  /** Some leg has had keys. */
  #isKeyed = false;
  #thread: CaptureThread | undefined;
  #lanes: Partial<Record<LaneName, Lane>> = {};
  #timer: NodeJS.Timeout | undefined;
  #polls = 0;
  #polledAt = 0;
  #isDown = false;
  #isStopped = false;

  constructor(options: CaptureEngineOptions, on: (message: FromMeter) => void, log: CaptureLog) {
    this.#options = options;
    this.#networks = options.networks;
    this.#on = on;
    this.#log = log;
  }

  start(): void {
    this.#begin();
    this.#polledAt = Date.now() / 1000;
    this.#timer = setInterval(() => this.#poll(), POLL_MILLIS);
  }

  /** Takes the devices' networks as they are configured now. */
  devices(networks: readonly string[]): void {
    this.#networks = networks;
    this.#say({ kind: 'networks', networks });
    this.#refilter();
  }

  /** Measures a leg from now on, or knows it better than before. */
  follow(leg: FollowedLeg): void {
    this.#legs.set(leg.mediaLegId, leg);
    this.#say({ kind: 'follow', leg });
    const { ports, addresses } = placesOf(leg);
    const isKeyedFirst = !this.#isKeyed && isKeyed(leg);
    const isNew = ports.some((port) => !this.#ports.has(port)) || addresses.some((one) => !this.#addresses.has(one));
    if (!isNew && !isKeyedFirst) return;
    this.#isKeyed ||= isKeyedFirst;
    for (const port of ports) this.#ports.add(port);
    for (const address of addresses) this.#addresses.add(address);
    this.#refilter();
  }

  /** Resolves when everything of the leg up to `endedAt` (epoch seconds) has been told, at the latest after half a second. */
  async release(mediaLegId: string, endedAt: number): Promise<void> {
    if (!this.#legs.delete(mediaLegId) || this.#thread === undefined) return;
    const answer = this.#thread.ask((ask) => ({ kind: 'release', mediaLegId, endedAt, ask }), RELEASE_SECONDS);
    this.#pollLanes();
    await answer.catch((error: unknown) => this.#warn(error, { leg: mediaLegId }));
  }

  /** Takes clear compounds as if they had been captured. */
  rtcp(mediaLegId: string, compounds: readonly PushedRtcp[]): void {
    this.#say({ kind: 'rtcp', mediaLegId, compounds });
  }

  /** Rejects with INTERNAL if the thread does not answer. */
  async look(): Promise<EngineSight> {
    const answer = await this.#thread?.ask((ask) => ({ kind: 'look', ask }), LOOK_SECONDS);
    const sight = answer?.kind === 'sight' ? answer.sight : NOTHING_SEEN;
    const { media, signalling } = this.#lanes;
    return {
      ...sight,
      media: this.#state(media),
      ...(signalling === undefined ? {} : { signalling: this.#state(signalling) }),
    };
  }

  /** Measures what was captured up to now, and ends children and thread. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    const thread = this.#thread;
    if (thread !== undefined) await this.#finish(thread).catch((error: unknown) => this.#warn(error, {}));
    await this.#endLanes('kill');
    await thread?.end();
    for (const lane of this.#all) lane.close();
  }

  get #all(): readonly Lane[] {
    return Object.values(this.#lanes);
  }

  async #finish(thread: CaptureThread): Promise<void> {
    const drained = thread.ask((ask) => ({ kind: 'drain', ask, at: Date.now() / 1000 }), FINISH_SECONDS);
    this.#pollLanes();
    await drained;
    await this.#endLanes('end');
    await thread.ask((ask) => ({ kind: 'finish', ask }), FINISH_SECONDS);
  }

  #begin(): void {
    const { slotSeconds, signalling, thread = entry(import.meta.url, 'worker') } = this.#options;
    const options = { slotSeconds, discover: signalling.length > 0, networks: this.#networks };
    this.#thread = new CaptureThread(thread, options, {
      said: (message) => this.#said(message),
      failed: (reason) => this.#failed(reason),
    });
    this.#lanes = { media: this.#lane('media') };
    if (signalling.length > 0) this.#lanes.signalling = this.#lane('signalling');
    for (const leg of this.#legs.values()) this.#say({ kind: 'follow', leg });
    this.#lanes.signalling?.want((shape) => signallingFilter(signalling, shape), SIGNALLING_SNAP_LENGTH);
    this.#narrow();
  }

  #lane(name: LaneName): Lane {
    const { interface: interfaceName, tool, ring } = this.#options;
    const isMedia = name === 'media';
    return new Lane({
      name,
      tools: tool === 'auto' ? ['tcpdump', 'dumpcap'] : [tool],
      interface: interfaceName,
      ring: (snapLength) => (isMedia ? (ring ?? ringOctets(snapLength)) : SIGNALLING_RING),
      say: (message) => this.#say(message),
      // Lost signalling makes no loss of media.
      dropped: (count, from, to) => isMedia && this.#dropped(count, from, to),
      log: this.#log,
    });
  }

  /** Told by two children while one takes over from the other, so that the seconds have to be told too. */
  #dropped(count: number, from: number, to: number): void {
    if (count > 0) this.#say({ kind: 'taint', from, to, taint: 'capture-dropped' });
    this.#say({ kind: 'dropped', count, at: to });
  }

  #say(message: ToReader): void {
    this.#thread?.say(message);
  }

  #said(message: FromReader): void {
    for (const lane of this.#all) {
      if (message.kind === 'passed') lane.passed(message.feed);
      else if (message.kind === 'settled') lane.settled(message.feed);
      else if (message.kind === 'over') lane.over(message.feed, message.damage);
      else if (message.kind === 'lost') lane.lost(message.feed, message.count);
    }
    if (message.kind === 'expect') this.#expect(message.ports);
    else if (message.kind === 'clock-step') {
      this.#log.warn({ source: 'capture', seconds: message.seconds }, 'the clock was set');
    } else if (isFromMeter(message)) this.#on(message);
  }

  /** Opens the filter before a found call is a leg. Devices that are configured pass it in any case. */
  #expect(ports: readonly number[]): void {
    if (this.#networks.length > 0) return;
    const isNew = ports.some((port) => !this.#ports.has(port));
    for (const port of ports) {
      if (this.#expected.size >= MOST_EXPECTED) break;
      this.#expected.add(port);
      this.#ports.add(port);
    }
    if (isNew) this.#refilter();
  }

  /** The thread is gone, by a mistake of ours: what it measured is told, and a new one goes on. */
  #failed(reason: unknown): void {
    this.#thread = undefined;
    if (this.#isStopped) return;
    this.counters.threadRestarts += 1;
    this.#warn(reason, {});
    const lanes = this.#all;
    this.#lanes = {};
    void Promise.all(lanes.map((lane) => lane.end('kill'))).then(() => {
      for (const lane of lanes) lane.close();
      setTimeout(() => this.#isStopped || this.#begin(), THREAD_RETRY).unref();
    });
  }

  async #endLanes(how: 'end' | 'kill'): Promise<void> {
    await Promise.all(this.#all.map((lane) => lane.end(how)));
  }

  #poll(): void {
    const now = Date.now() / 1000;
    const { interface: interfaceName } = this.#options;
    this.#isDown = isDown(interfaceName);
    if (this.#isDown) this.#say({ kind: 'taint', from: this.#polledAt, to: now, taint: 'capture-restarted' });
    this.#polledAt = now;
    for (const lane of this.#all) lane.watch();
    this.#polls += 1;
    if (this.#polls % POLLS_TO_NARROW === 0) this.#narrow();
  }

  /** What was lost up to now is told with what is asked for. */
  #pollLanes(): void {
    for (const lane of this.#all) lane.poll();
  }

  /** Forgets the ports of legs that are over. */
  #narrow(): void {
    const places = [...this.#legs.values()].map(placesOf);
    this.#ports = new Set([...places.flatMap(({ ports }) => ports), ...this.#expected, ...this.#expectedBefore]);
    this.#expectedBefore = this.#expected;
    this.#expected = new Set();
    this.#addresses = new Set(places.flatMap(({ addresses }) => addresses));
    this.#refilter();
  }

  get #snapLength(): number {
    return this.#options.snapLength ?? (this.#isKeyed ? KEYED_SNAP_LENGTH : SNAP_LENGTH);
  }

  #refilter(): void {
    const { signalling, tunnels = false } = this.#options;
    const networks = [...this.#networks, ...this.#addresses];
    const wanted = { ports: [...this.#ports], networks, signalling, tunnels };
    this.#lanes.media?.want((shape) => mediaFilter(wanted, shape), this.#snapLength);
  }

  #state(lane: Lane | undefined): LaneState {
    const state = lane?.state ?? NOT_STARTED;
    if (!this.#isDown) return state;
    return { ...state, trouble: trouble('interface-down', `${this.#options.interface} is down`) };
  }

  #warn(error: unknown, fields: Readonly<Record<string, unknown>>): void {
    this.#log.warn({ source: 'capture', ...fields, err: error }, 'the capture thread failed');
  }
}

const NOTHING_SEEN: CaptureSight = {
  packets: 0,
  rtpPackets: 0,
  rtcpPackets: 0,
  dropped: 0,
  unclaimed: 0,
  legs: [],
};

const NOT_STARTED: LaneState = { state: 'waiting', captured: 0, dropped: 0, lost: 0, restarts: 0 };

const OWN = new Set<FromReader['kind']>(['passed', 'settled', 'over', 'lost', 'clock-step', 'done']);

const isFromMeter = (message: FromReader): message is FromMeter => !OWN.has(message.kind);
