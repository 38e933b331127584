import type { CallEndpoint, CallRecord, CallSession } from '../model/call-record.ts';
import type { Leg } from '../model/leg.ts';
import type { BotSide } from './teams-leg.ts';

/** A session of a call record that may be the bot's, and on which end of it the bot was. */
export type BotSession = { readonly session: CallSession; readonly bot: BotSide };

/** Whose session it is; without `found`, why not. */
export type Match = {
  readonly found?: BotSession & { readonly by: 'identity' | 'time' | 'address' };
  /** Sessions between which nothing decides. */
  readonly candidates: readonly BotSession[];
  /** The one session that fits by its times fits another leg of the call as well. */
  readonly isContested?: true;
};

export type MatchedLeg = Pick<Leg, 'control' | 'startedAt' | 'endedAt'>;

/** Begin and end of our leg and of its session may differ by so much. Seconds. */
const NEAR = 10;
/** The role that Teams gives to the bots of others. */
const CUSTOM_BOT = 'custombot';
const sides: readonly BotSide[] = ['caller', 'callee'];

/**
 * The bot's session of a leg (docs/metrics.md, section 9): by the identity of an end, else by role or application and time,
 * else by the bot's address and port. Two that fit equally well are both told, and none is taken. `others`: legs of ours in
 * the same call; a session that is one's by identity is nobody else's, and one that two fit by time is neither's.
 */
export function matchSession(
  leg: MatchedLeg,
  record: CallRecord,
  applicationIds: readonly string[],
  others: readonly MatchedLeg[] = [],
): Match {
  const all = record.sessions.flatMap((session) => sides.map((bot) => ({ session, bot })));
  const byIdentity = all.filter((end) => isNamed(end, leg));
  const ends = all.filter((end) => !others.some((other) => isNamed(end, other)));
  const [named] = byIdentity;
  if (named !== undefined && byIdentity.length === 1) return { found: { ...named, by: 'identity' }, candidates: [] };
  const bots = (byIdentity.length > 0 ? byIdentity : ends).filter(
    (end) => byIdentity.length > 0 || isBot(endpointOf(end), applicationIds),
  );
  const byTime = bots.filter(({ session }) => isNear(session, leg));
  const byAddress = (byTime.length > 0 ? byTime : ends).filter((end) => hasAddress(end, leg));
  const [timed] = byTime;
  const rivals = others.filter((other) => !all.some((end) => isNamed(end, other)));
  if (byIdentity.length === 0 && timed !== undefined && rivals.some((other) => isNear(timed.session, other)))
    return addressedOf(byAddress) ?? { candidates: byTime.length > 1 ? byTime : [], isContested: true };
  if (timed !== undefined && byTime.length === 1)
    return { found: { ...timed, by: byIdentity.length > 0 ? 'identity' : 'time' }, candidates: [] };
  return addressedOf(byAddress) ?? { candidates: byTime.length > 1 ? byTime : byIdentity };
}

function addressedOf(ends: readonly BotSession[]): Match | undefined {
  const [addressed] = ends;
  return addressed !== undefined && ends.length === 1
    ? { found: { ...addressed, by: 'address' }, candidates: [] }
    : undefined;
}

/** Whether a session may be that of the leg's bot, on whatever ground: what is known of it must not be thrown away. */
export function mayBeOfBot(session: CallSession, leg: MatchedLeg, applicationIds: readonly string[]): boolean {
  return sides
    .map((bot) => ({ session, bot }))
    .some((end) => isNamed(end, leg) || isBot(endpointOf(end), applicationIds) || hasAddress(end, leg));
}

const endpointOf = ({ session, bot }: BotSession): CallEndpoint => session[bot];

/** Graph's `call.myParticipantId` and call identifier, as they appear in a session and its ends. */
function isNamed({ session, bot }: BotSession, { control }: MatchedLeg): boolean {
  const own = [control.participantId, control.teams?.callId].flatMap((id) =>
    id === undefined ? [] : [id.toLowerCase()],
  );
  const { identities } = session[bot];
  return own.some((id) => identities.some((identity) => identity.toLowerCase() === id));
}

function isBot({ role, applicationIds }: CallEndpoint, own: readonly string[]): boolean {
  const ids = own.map((id) => id.toLowerCase());
  return role?.toLowerCase() === CUSTOM_BOT || applicationIds.some((id) => ids.includes(id.toLowerCase()));
}

/** The bot's own leg into Teams, where it was told; else the room's. */
function isNear({ startedAt, endedAt }: CallSession, { control, ...leg }: MatchedLeg): boolean {
  const from = control.teams?.startedAt ?? leg.startedAt;
  const to = control.teams?.endedAt ?? leg.endedAt;
  if (startedAt === undefined || endedAt === undefined || to === undefined) return false;
  return Math.abs(startedAt - from) <= NEAR && Math.abs(endedAt - to) <= NEAR;
}

function hasAddress({ session, bot }: BotSession, { control }: MatchedLeg): boolean {
  const { localAddress, localPort } = control.teams ?? {};
  if (localAddress === undefined || localPort === undefined) return false;
  return session.streams.some((stream) =>
    bot === 'caller'
      ? stream.callerAddress === localAddress && stream.callerPort === localPort
      : stream.calleeAddress === localAddress && stream.calleePort === localPort,
  );
}
