import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab, SideName } from '../lab.ts';

export type ToPeer =
  | { readonly kind: 'offer' | 'play' | 'stop' | 'exit' }
  | { readonly kind: 'answer' | 'accept'; readonly sdp: string };

export type FromPeer =
  | { readonly kind: 'described'; readonly sdp: string }
  | { readonly kind: 'connected' }
  | { readonly kind: 'trouble'; readonly reason: string };

const PATIENCE_SECONDS = 60;
const ENTRY = join(import.meta.dirname, 'wrtc-peer.ts');

/** A WebRTC call with BUNDLE, audio, camera and screen each way; the gateway offers. */
export class WrtcCall {
  readonly #peers: Readonly<Record<SideName, Peer>>;
  /** What each side said of itself. */
  readonly sdp: Readonly<Record<SideName, string>>;

  private constructor(peers: Readonly<Record<SideName, Peer>>, sdp: Readonly<Record<SideName, string>>) {
    this.#peers = peers;
    this.sdp = sdp;
  }

  /** Resolves when the descriptions are exchanged; `play` begins. */
  static async negotiate(lab: Lab): Promise<WrtcCall> {
    const [gateway, device] = [new Peer(lab, 'gateway'), new Peer(lab, 'device')];
    const offer = await gateway.described({ kind: 'offer' });
    const answer = await device.described({ kind: 'answer', sdp: offer });
    return new WrtcCall({ gateway, device }, { gateway: offer, device: answer });
  }

  /** Resolves when both are connected. */
  async play(): Promise<void> {
    const { gateway, device } = this.#peers;
    gateway.tell({ kind: 'accept', sdp: this.sdp.device });
    await Promise.all([gateway.play(), device.play()]);
  }

  /** Stops to feed the encoders; resolves when what they sent has arrived. */
  async stop(): Promise<void> {
    for (const peer of Object.values(this.#peers)) peer.tell({ kind: 'stop' });
    await sleep(200);
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.#peers).map((peer) => peer.end()));
  }
}

class Peer {
  readonly #child: ChildProcess;

  constructor(lab: Lab, side: SideName) {
    // Fewer malloc arenas: libwebrtc has many threads, each of which would get its own.
    const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
    this.#child = lab.spawn(side, process.execPath, [ENTRY], {
      env,
      urgent: 'sender',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  tell(order: ToPeer): void {
    this.#child.send(order);
  }

  async described(order: ToPeer): Promise<string> {
    this.tell(order);
    const said = await this.#next();
    if (said.kind !== 'described') throw new Error(`instead of describing itself the peer said ${said.kind}`);
    return said.sdp;
  }

  async play(): Promise<void> {
    this.tell({ kind: 'play' });
    const said = await this.#next();
    if (said.kind !== 'connected') throw new Error(`instead of connecting the peer said ${said.kind}`);
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.tell({ kind: 'exit' });
    await exited;
  }

  async #next(): Promise<FromPeer> {
    const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
    const [message]: FromPeer[] = await once(this.#child, 'message', { signal });
    if (message === undefined) throw new Error('the peer said nothing');
    if (message.kind === 'trouble') throw new Error(`the peer failed: ${message.reason}`);
    return message;
  }
}
