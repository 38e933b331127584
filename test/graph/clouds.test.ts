import { describe, expect, it } from 'vitest';
import { cloudNamed } from '../../src/graph/clouds.ts';

describe('cloudNamed', () => {
  it.each([
    [
      'global',
      'https://graph.microsoft.com',
      'https://login.microsoftonline.com',
      'https://graph.microsoft.com/.default',
    ],
    ['usgov', 'https://graph.microsoft.us', 'https://login.microsoftonline.us', 'https://graph.microsoft.us/.default'],
    [
      'dod',
      'https://dod-graph.microsoft.us',
      'https://login.microsoftonline.us',
      'https://dod-graph.microsoft.us/.default',
    ],
  ])('%s', (name, graph, authority, scope) => {
    expect(cloudNamed(name)).toEqual({ graph, authority, scope });
  });

  it('refuses China with the reason', () => {
    expect(() => cloudNamed('china')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('logTeleconferenceDeviceQuality'),
      }),
    );
  });

  it.each(['', 'Global', 'toString', '__proto__'])('refuses %j', (name) => {
    expect(() => cloudNamed(name)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
