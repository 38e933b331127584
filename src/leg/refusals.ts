import { OtherlegError } from '../model/error.ts';

/** Nobody has told of such a leg. */
export const unknownLeg = (mediaLegId: string): OtherlegError =>
  new OtherlegError('LEG_UNKNOWN', `no leg ${mediaLegId}`, { hint: 'begin it with PUT /v1/legs/{mediaLegId}' });

/** It is over: nothing of it is measured any more. */
export const endedLeg = (mediaLegId: string): OtherlegError =>
  new OtherlegError('LEG_ENDED', `leg ${mediaLegId} has ended`, {
    hint: 'a new call is a new leg with a mediaLegId of its own',
  });
