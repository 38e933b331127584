import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Measured, Sink } from '../../../src/leg/leg.ts';
import type { Interval, Stream } from '../../../src/model/interval.ts';
import type { Leg } from '../../../src/model/leg.ts';
import { type WebRtcOptions, WebRtcSource } from '../../../src/source/webrtc/webrtc-source.ts';

/** A live leg that nobody has told anything of. */
export function legOf(mediaLegId: string): Leg {
  return {
    mediaLegId,
    revision: 1,
    owner: 'agent',
    state: 'live',
    control: {},
    device: { name: 'Room', description: '-' },
    channels: [],
    earlierIdentifiers: [],
    startedAt: Date.now() / 1000,
    delivery: { state: 'none' },
  };
}

/** Keeps the last interval of each stream and slot, as the store does. */
export class Notebook implements Sink {
  readonly streams = new Map<string, Stream>();
  readonly intervals = new Map<string, Interval>();

  measured({ streams, intervals }: Measured): void {
    for (const stream of streams) this.streams.set(stream.streamId, stream);
    for (const interval of intervals) this.intervals.set(`${interval.streamId} ${interval.startedAt}`, interval);
  }

  streamsOf(mediaLegId: string, kind: 'audio' | 'video'): readonly Stream[] {
    return [...this.streams.values()].filter((stream) => stream.mediaLegId === mediaLegId && stream.kind === kind);
  }

  intervalsOf(mediaLegId: string, kind: 'audio' | 'video'): readonly Interval[] {
    const ids = new Set(this.streamsOf(mediaLegId, kind).map(({ streamId }) => streamId));
    return [...this.intervals.values()].filter(({ streamId }) => ids.has(streamId));
  }

  /** A count of all slots together. */
  total(mediaLegId: string, kind: 'audio' | 'video', count: 'packets' | 'frames' = 'packets'): number {
    return this.intervalsOf(mediaLegId, kind).reduce((sum, interval) => sum + (interval[count] ?? 0), 0);
  }
}

export type Line = { readonly level: 'info' | 'warn'; readonly message: string } & Readonly<Record<string, unknown>>;

export type Rig = { readonly source: WebRtcSource; readonly notebook: Notebook; readonly lines: Line[] };

/** For a last sample that has to come; an end that must not wait has its own test. Seconds. */
export const PATIENT = { lastSampleSeconds: 20 } as const;

/** A source with what it measured and said. */
export function rigOf(options: Partial<WebRtcOptions> = {}): Rig {
  const notebook = new Notebook();
  const lines: Line[] = [];
  const source = new WebRtcSource(notebook, {
    slotSeconds: 1,
    samplingInterval: 1,
    maximumSessions: 8,
    clock: { now: () => Date.now() / 1000 },
    log: {
      info: (fields, message) => lines.push({ ...fields, level: 'info', message }),
      warn: (fields, message) => lines.push({ ...fields, level: 'warn', message }),
    },
    ...options,
  });
  return { source, notebook, lines };
}

/** Process ids of this process' WebRTC children that run now. */
export function peerProcesses(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && commandOf(pid).includes('source/webrtc/peer'));
}

function parentOf(pid: number): number | undefined {
  const [, after = ''] = /^.*\) \S (\d+)/s.exec(read(pid, 'stat')) ?? [];
  return after === '' ? undefined : Number(after);
}

const commandOf = (pid: number): string => read(pid, 'cmdline');

/** Octets that have come for these children and that they have not read: with the sockets that they hold, in /proc/net/udp. */
export function unread(): number {
  const inodes = new Set(peerProcesses().flatMap(socketsOf));
  return ['net/udp', 'net/udp6']
    .flatMap((name) => read('self', name).split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => inodes.has(words[9] ?? ''))
    .reduce((sum, words) => sum + Number.parseInt(words[4]?.split(':')[1] ?? '0', 16), 0);
}

function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${name}`))?.[1] ?? []);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}

/** A file of /proc, empty when the process is gone. */
export function read(pid: number | 'self', name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** Resolves as soon as the condition holds. `seconds`: what takes longer does not come at all, on however busy a machine. */
export async function until(holds: () => boolean, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
