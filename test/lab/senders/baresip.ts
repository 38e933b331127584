import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab, SideName } from '../lab.ts';

export type BaresipOptions = {
  readonly audio: 'opus' | 'PCMU';
  readonly video: boolean;
  /** SDES-SRTP (RFC 4568) where true. */
  readonly encrypted: boolean;
  /** Who calls; the device if absent. */
  readonly caller?: SideName;
};

/** RTP ports in one range a side, so that rules can name them. */
export const RTP_PORTS: Readonly<Record<SideName, readonly [number, number]>> = {
  device: [20_000, 20_100],
  gateway: [21_000, 21_100],
};
export const USERS = { device: 'boardroom', gateway: 'meeting' } as const;

const PATIENCE_SECONDS = 60;

/** A SIP call between two baresips. */
export class BaresipCall {
  readonly #ends: Readonly<Record<SideName, Baresip>>;

  private constructor(ends: Readonly<Record<SideName, Baresip>>) {
    this.#ends = ends;
  }

  /** Resolves when both sides have the call. */
  static async start(lab: Lab, options: BaresipOptions): Promise<BaresipCall> {
    const { caller = 'device' } = options;
    const callee = caller === 'device' ? 'gateway' : 'device';
    const called = new Baresip(lab, callee, options, []);
    await called.says(/baresip is ready/);
    const to = `sip:${USERS[callee]}@${lab.sides[callee].address}`;
    const calling = new Baresip(lab, caller, options, ['-e', `/dial ${to}`]);
    const call = new BaresipCall({ [caller]: calling, [callee]: called } as Record<SideName, Baresip>); // both are there
    await Promise.all([calling.says(/Call established/), called.says(/Call established/)]);
    return call;
  }

  /** A command of its menu, such as `/hold`, to one side. */
  tell(side: SideName, command: string): void {
    this.#ends[side].tell(command);
  }

  /** The device hangs up; resolves when both ends know and what is on its way has arrived. */
  async hangUp(): Promise<void> {
    const told = this.#ends.gateway.says(/session closed|terminated/i);
    await this.#ends.device.end();
    await told;
    await sleep(300);
  }

  async end(): Promise<void> {
    await this.#ends.gateway.end();
  }
}

class Baresip {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #check: () => void = () => {};

  constructor(lab: Lab, side: SideName, options: BaresipOptions, args: readonly string[]) {
    const folder = join(lab.folder, `baresip-${side}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'config'), configOf(lab, side, options));
    writeFileSync(join(folder, 'accounts'), `${accountOf(lab, side, options)}\n`);
    writeFileSync(join(folder, 'contacts'), '');
    this.#child = lab.spawn(side, 'baresip', ['-f', folder, ...args], {
      urgent: 'sender',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output === null) throw new TypeError('its pipes are not there');
      createInterface({ input: output }).on('line', (line) => {
        this.#lines.push(line);
        this.#check();
      });
    }
  }

  tell(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** Resolves when it has said so. */
  async says(pattern: RegExp): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
    while (!this.#lines.some((line) => pattern.test(line))) {
      if (signal.aborted) throw new Error(`baresip did not say ${pattern}: ${this.#lines.join('\n')}`);
      await Promise.race([new Promise<void>((resolve) => (this.#check = resolve)), sleep(1000)]);
    }
  }

  /** Hangs up and quits. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

function accountOf({ sides }: Lab, side: SideName, { audio, video, encrypted }: BaresipOptions): string {
  const codecs = `audio_codecs=${audio === 'opus' ? 'opus/48000/2' : 'PCMU/8000/1'};video_codecs=${video ? 'VP8' : 'none'}`;
  const key = encrypted ? ';mediaenc=srtp-mand' : '';
  return `<sip:${USERS[side]}@${sides[side].address}>;regint=0;answermode=auto;${codecs}${key}`;
}

function configOf({ sides }: Lab, side: SideName, { audio, video, encrypted }: BaresipOptions): string {
  const [low, high] = RTP_PORTS[side];
  const modules = [
    audio === 'opus' ? 'opus' : 'g711',
    'ausine',
    'aubridge',
    ...(video ? ['vp8', 'fakevideo'] : []),
    ...(encrypted ? ['srtp'] : []),
  ];
  return `${[
    `sip_listen ${sides[side].address}:5060`,
    `net_interface ${sides[side].interface}`,
    'sip_trans_def udp',
    'audio_source ausine,440',
    'audio_player aubridge,nowhere',
    'audio_alert aubridge,silent',
    'ausrc_srate 48000',
    'auplay_srate 48000',
    // ausine has two channels whatever the codec wants.
    'ausrc_channels 2',
    'auplay_channels 2',
    'video_source fakevideo,nil',
    'video_display fakevideo,nil',
    'video_size 352x288',
    'video_bitrate 400000',
    'video_fps 15.00',
    `rtp_ports ${low}-${high}`,
    'jitter_buffer_delay 5-10',
    'module_path /usr/lib/baresip/modules',
    ...modules.map((name) => `module ${name}.so`),
    'module_tmp account.so',
    'module_tmp uuid.so',
    'module_app menu.so',
    // Reads commands from its standard input.
    'module stdio.so',
  ].join('\n')}\n`;
}
