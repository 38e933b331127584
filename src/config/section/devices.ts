import { z } from 'zod';
import { addressRange } from '../value/address-range.ts';
import { guid } from '../value/guid.ts';
import { linkSpeed } from '../value/link-speed.ts';
import { sourceKind } from './sources.ts';

const text = () => z.string().trim().min(1, { error: 'must not be empty' });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const timeZone = z.string().refine(isTimeZone, {
  error: 'is not a time zone of the IANA database',
  params: { remedy: 'write a name like Europe/Berlin' },
});

const match = z
  .strictObject({
    addresses: z
      .array(addressRange)
      .prefault([])
      .describe('IP addresses or CIDR ranges of its signalling; the longest prefix wins, then the first in the file.'),
    uris: z
      .array(text())
      .prefault([])
      .describe('URIs: sip:, h323:, bare alias or E.164; exact, or a pattern with *. They go before addresses.'),
  })
  .refine(({ addresses, uris }) => addresses.length + uris.length > 0, {
    error: 'matches no leg',
    params: { remedy: 'give it addresses or uris' },
  });

/** A VTC device and how its legs are recognised. */
export const device = z.strictObject({
  name: text().describe('Sent to Graph as deviceName: the model, like "Cisco SX80".'),
  description: text()
    .exactOptional()
    .describe('Sent to Graph as deviceDescription: where it stands, like "Bldg 30/21".'),
  room: text().exactOptional().describe('Room, for searching and on the page.'),
  timeZone: timeZone.exactOptional().describe('Time zone of the room (IANA), for times on the page.'),
  tenantId: guid()
    .exactOptional()
    .describe('Tenant of its calls where the control API does not tell; without it graph.auth.tenantId.'),
  linkSpeed: linkSpeed
    .exactOptional()
    .describe("Speed of the device's network link, like 100Mbit/s; never guessed, absent in the report without it."),
  match: match.describe('How its legs are recognised: at least one address or URI.'),
  sources: z
    .array(sourceKind)
    .min(1, { error: 'must name at least one source' })
    .exactOptional()
    .describe('Sources for its legs where the control API does not tell; without it every source that is on.'),
  webex: z
    .boolean()
    .exactOptional()
    .describe('Whether Webex measures its legs: their reports wait until that is imported (docs/webex.md).'),
});

const include = z.strictObject({
  include: text().describe('Pattern of files with devices, relative to this file: devices.d/*.yaml.'),
});

/** The devices themselves, or the files in which they stand. */
export const devices = z.union([z.array(device), include]);

/** What an included file holds: several devices or one. */
export const includedDevices = z.union([z.array(device), device]);
