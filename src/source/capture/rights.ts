import { readFileSync } from 'node:fs';

/** Bits of capability sets (capabilities(7)). */
const KILL = 1n << 5n;
const SET_GROUP = 1n << 6n;
const SET_USER = 1n << 7n;
const SET_CAPABILITIES = 1n << 8n;
const NET_RAW = 1n << 13n;
const TO_RESTRAIN = KILL | SET_GROUP | SET_USER | SET_CAPABILITIES | NET_RAW;

/** The kernel's own name for nobody. */
const NOBODY = '65534';
const ONLY_NET_RAW = '-all,+net_raw';

/** Who the agent is, as far as its child's rights depend on it. */
export type Self = { readonly user: number; readonly capabilities: bigint };

/** This process. */
export function self(): Self {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return { user: process.getuid?.() ?? -1, capabilities: BigInt(`0x${effective}`) };
}

/** How the child is started: words before its own, and whether it may let go of root by itself. */
export type Restraint = { readonly prefix: readonly string[]; readonly keepsUser: boolean };

/**
 * The child gets CAP_NET_RAW and nothing else, and dies with the agent: it would otherwise live on until the next packet that
 * it cannot write. A service's agent hands on its one ambient capability; an agent that is root starts its child as nobody.
 * Where root lacks the rights for that (a container with few), the child stays root with what it has. The kernel clears the
 * death signal when tcpdump changes its user by itself, or is a file with capabilities: the latter then ends at the next packet.
 * Without setpriv (util-linux) tcpdump goes its own way, from root to its own user, and ends at the next packet too.
 */
export function restraint({ user, capabilities }: Self, setpriv: string | undefined): Restraint {
  if (setpriv === undefined) return { prefix: [], keepsUser: false };
  const dies = [setpriv, '--pdeathsig', 'KILL'];
  if (user !== 0) return { prefix: [...dies, '--'], keepsUser: false };
  if ((capabilities & TO_RESTRAIN) !== TO_RESTRAIN) return { prefix: [...dies, '--nnp', '--'], keepsUser: true };
  const nobody = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', '--nnp'];
  const sets = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=${ONLY_NET_RAW}`);
  return { prefix: [...dies, ...nobody, ...sets, '--'], keepsUser: false };
}
