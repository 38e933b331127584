import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Addresses, DEVICE, GATEWAY, type Lab, type SideName } from '../lab.ts';

/** One media of a call. The gateway's ports are a hundred above the device's, so are its SSRCs. */
export type Session = {
  readonly media: 'audio' | 'camera' | 'screen';
  readonly codec: 'opus' | 'pcmu' | 'vp8';
  readonly payloadType: number;
  /** The device's RTP port; RTCP is on the next. */
  readonly port: number;
  readonly ssrc: number;
  /** 30 octets in hexadecimal of each side: SRTP with AES_CM_128_HMAC_SHA1_80. */
  readonly key?: Readonly<Record<SideName, string>>;
  /** Who sends; both if absent. */
  readonly from?: SideName;
};

const ADDRESSES: Addresses = { device: DEVICE, gateway: GATEWAY };
const GATEWAY_OFFSET = 100;
const PROGRAM = join(import.meta.dirname, 'rtpbin.py');
const CLOCKS = { opus: 48_000, pcmu: 8000, vp8: 90_000 } as const;
const NAMES = { opus: 'opus/48000/2', pcmu: 'PCMU/8000', vp8: 'VP8/90000' } as const;

export const portOf = ({ port }: Session, side: SideName): number => port + (side === 'gateway' ? GATEWAY_OFFSET : 0);
export const ssrcOf = ({ ssrc }: Session, side: SideName): number => ssrc + (side === 'gateway' ? GATEWAY_OFFSET : 0);
export const clockOf = ({ codec }: Session): number => CLOCKS[codec];

/** The key as SDP has it (RFC 4568). */
export const inlineKey = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

const other = (side: SideName): SideName => (side === 'device' ? 'gateway' : 'device');

/** What one side of the call says of itself. */
export function sdpOf(
  sessions: readonly Session[],
  side: SideName,
  address: string = side === 'device' ? DEVICE : GATEWAY,
): string {
  const media = sessions.flatMap((session) => {
    const { codec, payloadType, key, media: role, from } = session;
    const kind = role === 'audio' ? 'audio' : 'video';
    return [
      `m=${kind} ${portOf(session, side)} ${key === undefined ? 'RTP/AVP' : 'RTP/SAVP'} ${payloadType}`,
      `a=rtpmap:${payloadType} ${NAMES[codec]}`,
      ...(role === 'audio' ? [] : [`a=content:${role === 'screen' ? 'slides' : 'main'}`]),
      ...(key === undefined ? [] : [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${inlineKey(key[side])}`]),
      `a=${from === undefined ? 'sendrecv' : from === side ? 'sendonly' : 'recvonly'}`,
    ];
  });
  const place = `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`;
  const head = ['v=0', `o=- 1 1 ${place}`, 's=-', `c=${place}`, 't=0 0'];
  return `${[...head, ...media].join('\r\n')}\r\n`;
}

/** Two ends of a call that GStreamer makes. */
export class GstreamerCall {
  readonly #ends: readonly End[];

  private constructor(ends: readonly End[]) {
    this.#ends = ends;
  }

  /** Resolves when both play. */
  static async start(lab: Lab, sessions: readonly Session[], between: Addresses = ADDRESSES): Promise<GstreamerCall> {
    const ends = (['device', 'gateway'] as const).map((side) => new End(lab, orderOf(side, sessions, between), side));
    const call = new GstreamerCall(ends);
    await Promise.all(call.#ends.map((end) => end.says('playing')));
    return call;
  }

  /** Stops to send; resolves when what is on its way has arrived, with RTCP still going. */
  async stop(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end.stop()));
    await sleep(200);
  }

  async end(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end.end()));
  }
}

class End {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(lab: Lab, order: ReturnType<typeof orderOf>, side: SideName) {
    this.#child = lab.spawn(side, '/usr/bin/python3', [PROGRAM], {
      urgent: 'sender',
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdin, stdout } = this.#child;
    if (stdin === null || stdout === null) throw new TypeError('its pipes are not there');
    this.#lines = createInterface({ input: stdout });
    stdin.write(`${JSON.stringify(order)}\n`);
  }

  async says(word: string): Promise<void> {
    const [line] = await Promise.race([once(this.#lines, 'line'), once(this.#child, 'exit')]);
    if (line !== word) throw new Error(`GStreamer said ${line} instead of ${word}`);
  }

  async stop(): Promise<void> {
    this.#child.stdin?.write('stop\n');
    await this.says('stopped');
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const [code] = await exited;
    if (code !== 0) throw new Error(`GStreamer ended with ${code}`);
  }
}

function orderOf(side: SideName, sessions: readonly Session[], between: Addresses) {
  return {
    local: between[side],
    remote: between[other(side)],
    sessions: sessions.map((session) => ({
      media: session.media,
      codec: session.codec,
      payloadType: session.payloadType,
      ssrc: ssrcOf(session, side),
      localPort: portOf(session, side),
      remotePort: portOf(session, other(side)),
      sends: session.from === undefined || session.from === side,
      ...(session.key === undefined ? {} : { key: { own: session.key[side], other: session.key[other(side)] } }),
    })),
  };
}
