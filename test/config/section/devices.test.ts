import { describe, expect, it } from 'vitest';
import { device } from '../../../src/config/section/devices.ts';
import { reasons } from './reasons.ts';

describe('a device', () => {
  const match = { uris: ['sip:a@example.com'] };
  it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'])('may be in time zone %s', (timeZone) => {
    expect(device.parse({ name: 'a', match, timeZone }).timeZone).toBe(timeZone);
  });

  it.each(['Berlin', '', 'Mars/Olympus', 'GMT+25'])('may not be in time zone %j', (timeZone) => {
    expect(reasons(device, { name: 'a', match, timeZone })).toEqual(['is not a time zone of the IANA database']);
  });

  it('has a name of more than spaces', () => {
    expect(device.parse({ name: ' Cisco SX80 ', match }).name).toBe('Cisco SX80');
    expect(reasons(device, { name: '  ', match })).toEqual(['must not be empty']);
  });

  it('matches something', () => {
    expect(reasons(device, { name: 'a', match: { addresses: [], uris: [] } })).toEqual(['matches no leg']);
    expect(device.parse({ name: 'a', match }).match).toEqual({ addresses: [], uris: ['sip:a@example.com'] });
  });
});
