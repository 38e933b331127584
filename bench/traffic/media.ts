/** A media of a call: `burst` packets of one timestamp, `pace` apart, `rate` bursts a second. */
export type Media = {
  readonly name: 'audio' | 'video' | 'content';
  readonly payloadType: number;
  readonly encoding: string;
  /** RTP timestamp units per second. */
  readonly clockRate: number;
  readonly rate: number;
  readonly burst: number;
  readonly paceMicros: number;
  /** Octets behind the RTP header. */
  readonly payload: number;
  /** The last packet of a burst carries the marker: a frame ends. */
  readonly frames: boolean;
};

/** The three media of a call, the same each way: 50, 300 and 60 packets a second. */
export const MEDIA: readonly Media[] = [
  {
    ...{ name: 'audio', payloadType: 9, encoding: 'G722', clockRate: 8000 },
    ...{ rate: 50, burst: 1, paceMicros: 0, payload: 160, frames: false },
  },
  {
    ...{ name: 'video', payloadType: 97, encoding: 'H264', clockRate: 90_000 },
    ...{ rate: 30, burst: 10, paceMicros: 1500, payload: 1100, frames: true },
  },
  {
    ...{ name: 'content', payloadType: 98, encoding: 'H264', clockRate: 90_000 },
    ...{ rate: 10, burst: 6, paceMicros: 2000, payload: 1000, frames: true },
  },
];

/** When packet `number` leaves, microseconds after the first. */
export function sentAt(media: Media, number: number): number {
  const burst = Math.floor(number / media.burst);
  return Math.round((burst * 1e6) / media.rate) + (number - burst * media.burst) * media.paceMicros;
}

/** The RTP timestamp of packet `number`, counted from the first one's. */
export function timestampOf(media: Media, number: number): number {
  return Math.floor(number / media.burst) * Math.round(media.clockRate / media.rate);
}

/** Whether packet `number` carries the marker: the first of a talkspurt, the last of a frame (RFC 3551, 4.1). */
export function markerOf(media: Media, number: number): boolean {
  return media.frames ? number % media.burst === media.burst - 1 : number === 0;
}
