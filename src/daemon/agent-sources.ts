import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { RtcpCompound, SourceState, Whip } from '../http/http.ts';
import type { KeyRing } from '../leg/key-ring.ts';
import type { Sink, Source } from '../leg/leg.ts';
import type { LiveLegs } from '../leg/legs.ts';
import type { SourceKind } from '../model/channel.ts';
import type { Clock } from '../model/clock.ts';
import type { Device } from '../model/device.ts';
import { OtherlegError } from '../model/error.ts';
import { CaptureEngine, type EngineSight } from '../source/capture/capture-engine.ts';
import { CaptureSource, type Engine, type Found } from '../source/capture/capture-source.ts';
import type { FromMeter } from '../source/capture/messages.ts';
import { GetStatsSource } from '../source/getstats/getstats-source.ts';
import { parseStats } from '../source/getstats/parse-stats.ts';
import { WebRtcSource } from '../source/webrtc/webrtc-source.ts';
import { countPushed } from './pushed-rtcp.ts';
import { sourceStates } from './source-states.ts';

/** Builds what reads and measures packets; `on` hears all that it has to say. */
export type BuildEngine = (on: (message: FromMeter) => void) => Engine;

export type SourceParts = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: KeyRing;
  /** Takes the place of tcpdump and the thread that reads it. */
  readonly engine: BuildEngine | undefined;
  readonly found: (message: Found) => void;
};

/** The sources that the configuration turns on, and what comes to them over the control API. */
export class AgentSources {
  readonly #config: Config;
  readonly #parts: SourceParts;
  #capture: CaptureSource | undefined;
  #stats: GetStatsSource | undefined;
  #webrtc: WebRtcSource | undefined;

  constructor(config: Config, parts: SourceParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** Called once, with where they put what they measure. */
  build(sinkOf: (kind: SourceKind) => Sink): readonly Source[] {
    const { clock, log } = this.#parts;
    const { sampling, sources } = this.#config;
    const timing = { slotSeconds: sampling.interval, samplingInterval: sampling.interval };
    this.#capture = this.#buildCapture(sinkOf);
    if (sources.getstats.enabled) this.#stats = new GetStatsSource(sinkOf('getstats'), { ...timing, kind: 'getstats' });
    if (sources.webrtc.enabled) {
      const { maximumSessions } = sources.webrtc;
      const options = { ...timing, maximumSessions, clock, log: log.child({ source: 'webrtc' }) };
      this.#webrtc = new WebRtcSource(sinkOf('webrtc'), options);
    }
    return [this.#capture, this.#stats, this.#webrtc].filter((source) => source !== undefined);
  }

  start(): void {
    this.#capture?.start();
  }

  /** The devices were read again. */
  devices(devices: readonly Device[]): void {
    this.#capture?.devices(networksOf(devices));
  }

  /** Ends threads and children; a last sample of each session reaches the legs before. */
  async stop(): Promise<void> {
    await Promise.all([this.#capture?.stop(), this.#webrtc?.stop()]);
  }

  states(): Promise<readonly SourceState[]> {
    return sourceStates(this.#config, { capture: this.#capture, webrtc: this.#webrtc });
  }

  /** What the capture sees; undefined where nothing is captured, or its thread does not answer. */
  async sight(): Promise<EngineSight | undefined> {
    return this.#capture?.look();
  }

  /** When the last packet of each leg passed, in the last ten seconds: on hold it is alive, too, though nothing is measured. */
  async passing(): Promise<ReadonlyMap<string, number>> {
    const { legs = [] } = (await this.#capture?.look()) ?? {};
    const passes = legs.filter(({ rtpIn, rtpOut, rtcpIn, rtcpOut }) => rtpIn + rtpOut + rtcpIn + rtcpOut > 0);
    const now = this.#parts.clock.now();
    return new Map(passes.map(({ mediaLegId, lastAt = now }) => [mediaLegId, lastAt]));
  }

  /** Rejects with STATS_INVALID, LEG_UNKNOWN, LEG_ENDED or SOURCE_NOT_CONFIGURED. */
  async pushStats(legs: LiveLegs, mediaLegId: string, body: unknown): Promise<{ entries: number; ignored: number }> {
    const source = this.#stats;
    if (source === undefined) throw off('this agent takes no statistics', 'getstats');
    const report = parseStats(body);
    await legs.live(mediaLegId);
    const taken = source.push(mediaLegId, report, this.#parts.clock.now());
    if (taken === undefined) {
      throw new OtherlegError('SOURCE_NOT_CONFIGURED', `leg ${mediaLegId} is not measured by getstats`, {
        hint: 'leave sources out of PUT /v1/legs/{mediaLegId} and of its device, or name getstats there',
      });
    }
    await legs.committed();
    return taken;
  }

  /** Rejects with RTCP_INVALID, LEG_UNKNOWN, LEG_ENDED or SOURCE_NOT_CONFIGURED; nothing is taken then. */
  async pushRtcp(legs: LiveLegs, mediaLegId: string, compounds: readonly RtcpCompound[]) {
    if (this.#capture === undefined) throw off('this agent reads no packets, so it has no use for RTCP', 'capture');
    const packets = countPushed(compounds);
    await legs.live(mediaLegId);
    this.#capture.pushRtcp(mediaLegId, compounds);
    return { compounds: compounds.length, packets };
  }

  /** Offer and answer are also the leg's session descriptions, unless somebody told others. */
  whip(legs: LiveLegs): Whip | undefined {
    const source = this.#webrtc;
    if (source === undefined) return undefined;
    return {
      offer: async (mediaLegId, offer) => {
        const opened = await source.offer(mediaLegId, offer);
        const { control } = await legs.live(mediaLegId);
        if (control.sdp === undefined && control.channels === undefined) {
          await legs.put(mediaLegId, { sdp: { local: opened.answer, remote: offer } });
        }
        return opened;
      },
      close: (mediaLegId, session) => source.close(mediaLegId, session),
    };
  }

  #buildCapture(sinkOf: (kind: SourceKind) => Sink): CaptureSource | undefined {
    const { keys, clock, found } = this.#parts;
    if (!this.#config.sources.capture.enabled) return undefined;
    const engine = this.#parts.engine ?? captureEngine(this.#config, this.#parts.log);
    return new CaptureSource(sinkOf('capture'), { engine, keysOf: (id) => keys.of(id), clock, found });
  }
}

const off = (message: string, source: SourceKind): OtherlegError =>
  new OtherlegError('SOURCE_NOT_CONFIGURED', message, {
    hint: `set sources.${source}.enabled: true in the configuration`,
  });

const networksOf = (devices: readonly Device[]): readonly string[] => [
  ...new Set(devices.flatMap(({ match }) => match.addresses)),
];

/** The capture as it is configured. */
function captureEngine({ sources, sampling, devices }: Config, log: Logger): BuildEngine {
  const { interface: name, tool, snapLength, ring, sip, tunnels } = sources.capture;
  const options = {
    interface: name,
    tool,
    slotSeconds: sampling.interval,
    ...(snapLength === undefined ? {} : { snapLength }),
    ...(ring === undefined ? {} : { ring }),
    signalling: sip.enabled ? sip.ports : [],
    networks: networksOf(devices),
    tunnels,
  };
  return (on) => new CaptureEngine(options, on, log);
}
