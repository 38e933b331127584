/** The three media that Graph knows a VTC leg to have. */
export type Media = 'audio' | 'video' | 'screenSharing';

/** Seen from the gateway: inbound = device → gateway, outbound = gateway → device. */
export type Direction = 'inbound' | 'outbound';

/** One media of a leg. `channelIndex` is 1-based and counts per media, without holes, for the leg's life. */
export type ChannelId = { readonly media: Media; readonly channelIndex: number };

/** One end of a transport: an IP address as text and a UDP or TCP port. */
export type Endpoint = { readonly address: string; readonly port: number };

/** The direction attribute of a media description (RFC 8866, 6.7), seen from the gateway. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One payload type of a channel as signalled (RFC 8866, 6.6); `associatedPayloadType` is RTX's `apt` (RFC 4588, 8.1). */
export type PayloadType = {
  readonly payloadType: number;
  readonly codec: string;
  readonly clockRate: number;
  readonly associatedPayloadType?: number;
};

/** What yields measurements. */
export type SourceKind = 'capture' | 'getstats' | 'webrtc' | 'hep' | 'pexip' | 'webex';

/** The key of a channel in maps: `video/2`. */
export type ChannelKey = `${Media}/${number}`;
