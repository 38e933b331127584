/** Octets that the kernel adds to the snap length of each slot of the ring (TPACKET_V2: its header, the address, the link's header). */
const SLOT_HEADER = 70;
const SLOT_ALIGNMENT = 16;
/** Slots do not lie across pages. */
const PAGE = 4096;
const MIB = 1024 * 1024;

/** What a reader that stands still for three seconds has to be forgiven, and half a second in which it catches up. */
const PACKETS_PER_SECOND = 80_000;
const STALL_SECONDS = 3.5;

/** Octets of ring that one packet takes, whatever its own length: 341 with a snap length of 256. */
export function slotOctets(snapLength: number): number {
  const slot = Math.ceil((snapLength + SLOT_HEADER) / SLOT_ALIGNMENT) * SLOT_ALIGNMENT;
  return slot > PAGE ? slot : PAGE / Math.floor(PAGE / slot);
}

/** Octets of a ring that loses nothing while its reader stands still for `stallSeconds`, in whole MiB. */
export function ringOctets(
  snapLength: number,
  packetsPerSecond = PACKETS_PER_SECOND,
  stallSeconds = STALL_SECONDS,
): number {
  return Math.ceil((packetsPerSecond * stallSeconds * slotOctets(snapLength)) / MIB) * MIB;
}
