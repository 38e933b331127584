import type { Config } from '../config/config.ts';
import type { CaptureState, SourceState } from '../http/http.ts';
import { present } from '../quality/present.ts';
import type { EngineSight } from '../source/capture/capture-engine.ts';
import type { CaptureSource } from '../source/capture/capture-source.ts';
import type { WebRtcSource } from '../source/webrtc/webrtc-source.ts';

type Built = { readonly capture: CaptureSource | undefined; readonly webrtc: WebRtcSource | undefined };

/** How each source of a running agent is. */
export async function sourceStates({ sources }: Config, { capture, webrtc }: Built): Promise<readonly SourceState[]> {
  return [
    capture === undefined
      ? { kind: 'capture', state: 'off' }
      : captured(await capture.look(), sources.capture.interface),
    { kind: 'getstats', state: sources.getstats.enabled ? 'running' : 'off' },
    webrtc === undefined
      ? { kind: 'webrtc', state: 'off' }
      : { kind: 'webrtc', state: 'running', counters: { sessions: webrtc.sessionCount, ...webrtc.counters } },
  ];
}

/** Media are what counts; without signalling legs are only not found. */
function captured(look: EngineSight | undefined, name: string): SourceState {
  if (look === undefined) return DUMB;
  const { media, signalling, packets, rtpPackets, rtcpPackets, unclaimed, lastPacketAt, legs } = look;
  const trouble = media.trouble ?? signalling?.trouble;
  const isLive = media.state === 'live' || (media.filter === undefined && signalling?.state === 'live');
  // What was lost on the way to the thread that reads is among what it tells as dropped.
  const { dropped } = look;
  const seen = { packets, rtpPackets, rtcpPackets, dropped, unclaimed, lastPacketAt, legs };
  return present<SourceState>({
    kind: 'capture',
    state: trouble !== undefined ? 'failed' : isLive ? 'running' : 'starting',
    reason: trouble?.reason,
    remedy: trouble?.remedy,
    capture: present<CaptureState>({ tool: media.tool, interface: name, filter: media.filter, ...seen }),
    counters: { restarts: media.restarts + (signalling?.restarts ?? 0), droppedSignalling: signalling?.dropped ?? 0 },
  });
}

const DUMB: SourceState = {
  kind: 'capture',
  state: 'failed',
  reason: 'the thread that reads packets does not answer',
  remedy: 'it is started again; see the log of the agent if this repeats',
};
