import type { PayloadType } from '../model/channel.ts';

/** Payload types that need no rtpmap, with their clock rates in Hz (RFC 3551, tables 4 and 5; G.722 really says 8000). */
const staticTypes: ReadonlyMap<number, readonly [codec: string, clockRate: number]> = new Map([
  [0, ['PCMU', 8000]],
  [3, ['GSM', 8000]],
  [4, ['G723', 8000]],
  [5, ['DVI4', 8000]],
  [6, ['DVI4', 16_000]],
  [7, ['LPC', 8000]],
  [8, ['PCMA', 8000]],
  [9, ['G722', 8000]],
  [10, ['L16', 44_100]],
  [11, ['L16', 44_100]],
  [12, ['QCELP', 8000]],
  [13, ['CN', 8000]],
  [14, ['MPA', 90_000]],
  [15, ['G728', 8000]],
  [16, ['DVI4', 11_025]],
  [17, ['DVI4', 22_050]],
  [18, ['G729', 8000]],
  [25, ['CelB', 90_000]],
  [26, ['JPEG', 90_000]],
  [28, ['nv', 90_000]],
  [31, ['H261', 90_000]],
  [32, ['MPV', 90_000]],
  [33, ['MP2T', 90_000]],
  [34, ['H263', 90_000]],
]);

/** What SDP says of one RTP stream's formats: the numbers of the m-line, its rtpmap and its fmtp attributes. */
export type SignalledFormats = {
  readonly numbers: readonly number[];
  readonly maps: ReadonlyMap<number, readonly [codec: string, clockRate: number]>;
  readonly parameters: ReadonlyMap<number, string>;
};

/** The payload types in the order of preference; a dynamic one without rtpmap is unknown and left out. */
export function payloadTypesOf({ numbers, maps, parameters }: SignalledFormats): readonly PayloadType[] {
  return numbers.flatMap((payloadType): PayloadType[] => {
    const named = maps.get(payloadType) ?? staticTypes.get(payloadType);
    if (named === undefined) return [];
    const [codec, clockRate] = named;
    const repaired = /(?:^|[;\s])apt=(\d{1,3})(?!\d)/i.exec(parameters.get(payloadType) ?? '')?.[1];
    const type = { payloadType, codec, clockRate };
    return [repaired === undefined ? type : { ...type, associatedPayloadType: Number(repaired) }];
  });
}

/** RTX (RFC 4588), ULPFEC (RFC 5109), FlexFEC (RFC 8627) and parity FEC (RFC 6015): they repair media and are none. */
const repair = /^(?:rtx|ulpfec|flexfec(?:-\d+)?|(?:1d-interleaved-)?parityfec|raptorfec)$/i;

/** What an audio or video m-line may carry that is no medium of a channel: camera control, text, tones, comfort noise. */
const noMedia = /^(?:h224|t140c?|telephone-event|tone|cn)$/i;

/** Whether a codec name, a MIME type (`video/rtx`) or an encoding (`rtx/90000`) says that the stream repairs another. */
export const isRepairCodec = (codec: string): boolean => codec.split('/').some((part) => repair.test(part.trim()));

/** Whether at least one format is a medium of its own. Nothing known of the formats: it is. */
export const carriesMedia = (types: readonly PayloadType[]): boolean =>
  types.length === 0 || types.some(({ codec }) => !repair.test(codec) && !noMedia.test(codec));
