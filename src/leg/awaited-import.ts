import type { Leg } from '../model/leg.ts';

/** Why the report of an ended leg waits until Webex has told what it measured. */
export const WEBEX_IMPORT = 'webex-import';

/** Whether Webex is to be asked for a leg: its device is marked so, and somebody told where to find it there. */
export function wantsImport({ device, control }: Pick<Leg, 'device' | 'control'>): boolean {
  const { participantSessionId, email, name } = control.webex ?? {};
  const sources = control.sources ?? device.sources;
  return (
    device.webex === true &&
    (participantSessionId ?? email ?? name) !== undefined &&
    (sources === undefined || sources.includes('webex'))
  );
}

/** Whether a leg has ended and its report waits for Webex. */
export const awaitsImport = ({ state, delivery }: Pick<Leg, 'state' | 'delivery'>): boolean =>
  state === 'ended' && delivery.state === 'waiting' && delivery.reason === WEBEX_IMPORT;
