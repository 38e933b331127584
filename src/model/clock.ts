/** Where the time comes from. Seconds since the epoch, as a float. */
export interface Clock {
  now(): number;
}
