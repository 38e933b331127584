/** Why nothing is captured. */
export type TroubleKind =
  | 'no-tool'
  | 'no-right'
  | 'no-interface'
  | 'interface-down'
  | 'no-memory'
  | 'bad-filter'
  | 'no-tags'
  | 'ended';

/** Why nothing is captured, and what the operator can do. */
export type Trouble = { readonly kind: TroubleKind; readonly reason: string; readonly remedy: string };

const PATTERNS: readonly (readonly [RegExp, TroubleKind])[] = [
  [/failed to execute|ENOENT|EACCES/, 'no-tool'],
  // Without CAP_NET_RAW; and the other two where systemd's RestrictAddressFamilies or a seccomp filter forbids the socket.
  [/permission|Operation not permitted|Address family not supported/i, 'no-right'],
  [/No such device|no device named|interface disappeared/i, 'no-interface'],
  [/not up|went down|Network is down/i, 'interface-down'],
  [/Cannot allocate memory|Out of memory/i, 'no-memory'],
  [/no VLAN support/i, 'no-tags'],
  [/filter expression|rejects all packets|illegal|syntax error/i, 'bad-filter'],
];

const REMEDIES: Readonly<Record<TroubleKind, string>> = {
  'no-tool': 'apt install tcpdump',
  'no-right':
    'give CAP_NET_RAW: under systemd install otherleg.service.d/capture.conf, in a container add --cap-add NET_RAW, else run setcap cap_net_raw+ep on tcpdump',
  'no-interface': 'see ip link, and set sources.capture.interface',
  'interface-down': 'bring it up: ip link set dev INTERFACE up',
  'no-memory': 'lower sources.capture.ring, or give the service more memory',
  'bad-filter': 'report this with the filter that the log shows',
  'no-tags': 'nothing to do: the link carries no VLAN tags',
  ended: 'it is started again; see the log if this repeats',
};

/** Reads why a capture ended out of its last words. `how` = exit code or signal. */
export function troubleOf(words: string, tool: string, interfaceName: string, how: string): Trouble {
  const kind = PATTERNS.find(([pattern]) => pattern.test(words))?.[1] ?? 'ended';
  const said = words.trim().replace(/\s*\n\s*/g, '; ');
  const reason = said === '' ? `${tool} on ${interfaceName} ended: ${how}` : `${tool} on ${interfaceName}: ${said}`;
  return trouble(kind, reason);
}

/** A trouble with the remedy of its kind. */
export function trouble(kind: TroubleKind, reason: string): Trouble {
  return { kind, reason, remedy: REMEDIES[kind] };
}
