import type { SourceKind } from './channel.ts';

/** A VTC device as configured, and how it is recognised. */
export type Device = {
  readonly name: string;
  readonly description?: string;
  readonly room?: string;
  readonly timeZone?: string;
  readonly tenantId?: string;
  /** Octets per second. */
  readonly linkSpeed?: number;
  readonly match: {
    /** Addresses or CIDR ranges of the signalling peer. */
    readonly addresses: readonly string[];
    /** Exact URIs or patterns with `*`: sip:, h323:, bare alias, E.164. */
    readonly uris: readonly string[];
  };
  readonly sources?: readonly SourceKind[];
  /** Webex measures its legs: they are imported after their end. */
  readonly webex?: boolean;
};
