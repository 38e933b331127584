/** What gateways and bots written for Node use of otherleg: a watch on a peer connection, and the control API. */
export { ControlClient, type ControlClientOptions } from './client/control-client.ts';
export { ControlError, type ControlErrorCode } from './client/control-error.ts';
export type { EndAnswer, LegAnswer, LegPatch, MediaQuality, ReportBody } from './client/shapes.ts';
export {
  type LegWatch,
  type WatchablePeerConnection,
  type WatchedLeg,
  type WatchOptions,
  watchPeerConnection,
} from './client/watch.ts';
