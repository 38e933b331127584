import type { CaptureWriter } from './capture-writer.ts';
import type { Endpoint } from './endpoint.ts';
import type { FrameOptions } from './frame.ts';
import { MEDIA } from './media.ts';
import { writeDatagram } from './udp.ts';

const SIP_PORT = 5060;

export type Dialog = FrameOptions & {
  readonly call: number;
  readonly device: string;
  readonly gateway: string;
  /** RTP ports of audio, video and content at each end. */
  readonly devicePorts: readonly number[];
  readonly gatewayPorts: readonly number[];
};

/** The messages of a call that the device makes; the first three open it, the last two end it. */
export const DIALOG = ['INVITE', 'answer', 'ACK', 'BYE', 'OK'] as const;
export const OPENING = 3;

/** Writes message `number` of the dialog. */
export function writeMessage(capture: CaptureWriter, micros: number, dialog: Dialog, number: number): void {
  const message = DIALOG[number];
  if (message === undefined) throw new Error(`no message ${number}`);
  const device: Endpoint = { address: dialog.device, port: SIP_PORT };
  const gateway: Endpoint = { address: dialog.gateway, port: SIP_PORT };
  const answers = message === 'answer' || message === 'OK';
  const [from, to] = answers ? [gateway, device] : [device, gateway];
  writeDatagram(capture, micros, from, to, Buffer.from(messageOf(message, dialog)), dialog);
}

function messageOf(message: (typeof DIALOG)[number], dialog: Dialog): string {
  const { call, device, gateway } = dialog;
  const method = message === 'answer' ? 'INVITE' : message === 'OK' ? 'BYE' : message;
  const answers = message === 'answer' || message === 'OK';
  const body =
    message === 'INVITE'
      ? sdp(device, dialog.devicePorts)
      : message === 'answer'
        ? sdp(gateway, dialog.gatewayPorts)
        : '';
  return [
    answers ? 'SIP/2.0 200 OK' : `${method} sip:meeting@${host(gateway)} SIP/2.0`,
    `Via: SIP/2.0/UDP ${host(device)}:${SIP_PORT};branch=z9hG4bK${call}-${method}`,
    `From: <sip:room${call}@example.com>;tag=d${call}`,
    `To: <sip:meeting@example.com>${message === 'INVITE' ? '' : `;tag=g${call}`}`,
    `Call-ID: call-${call}@example.com`,
    `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
    `Contact: <sip:${host(answers ? gateway : device)}:${SIP_PORT}>`,
    ...(answers ? [] : ['Max-Forwards: 70']),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

function sdp(address: string, ports: readonly number[]): string {
  const version = address.includes(':') ? 'IP6' : 'IP4';
  const media = MEDIA.flatMap(({ name, payloadType, encoding, clockRate }, index) => [
    `m=${name === 'audio' ? 'audio' : 'video'} ${ports[index]} RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${encoding}/${clockRate}`,
    ...(name === 'video' ? ['a=content:main'] : name === 'content' ? ['a=content:slides'] : []),
    'a=sendrecv',
  ]);
  const session = ['v=0', `o=- 1 1 IN ${version} ${address}`, 's=-', `c=IN ${version} ${address}`, 't=0 0'];
  return `${[...session, ...media].join('\r\n')}\r\n`;
}

const host = (address: string): string => (address.includes(':') ? `[${address}]` : address);
