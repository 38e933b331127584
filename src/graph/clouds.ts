import { OtherlegError } from '../model/error.ts';

/** The clouds in which Graph knows `logTeleconferenceDeviceQuality`. */
export type CloudName = 'global' | 'usgov' | 'dod';

/** Where a cloud's Graph is, who issues its tokens, and what they are for. Tokens of one cloud are nothing in another. */
export type Cloud = {
  readonly graph: string;
  /** The tenant is appended: `{authority}/{tenantId}`. */
  readonly authority: string;
  readonly scope: string;
};

const CLOUDS: Readonly<Record<CloudName, Cloud>> = {
  // GCC lives in the global cloud; usgov is GCC High (L4), dod is L5.
  global: {
    graph: 'https://graph.microsoft.com',
    authority: 'https://login.microsoftonline.com',
    scope: 'https://graph.microsoft.com/.default',
  },
  usgov: {
    graph: 'https://graph.microsoft.us',
    authority: 'https://login.microsoftonline.us',
    scope: 'https://graph.microsoft.us/.default',
  },
  dod: {
    graph: 'https://dod-graph.microsoft.us',
    authority: 'https://login.microsoftonline.us',
    scope: 'https://dod-graph.microsoft.us/.default',
  },
};

const isCloudName = (name: string): name is CloudName => Object.hasOwn(CLOUDS, name);

/** The cloud of that name. Throws CONFIG_INVALID for China, where the method does not exist, and for unknown names. */
export function cloudNamed(name: string): Cloud {
  if (isCloudName(name)) return CLOUDS[name];
  if (name === 'china') {
    throw new OtherlegError(
      'CONFIG_INVALID',
      'graph.cloud: china (21Vianet) is not possible: Graph has no logTeleconferenceDeviceQuality there',
      { hint: 'Reports can go to global, usgov or dod only; the tenant of the call decides which.' },
    );
  }
  throw new OtherlegError('CONFIG_INVALID', `graph.cloud: ${JSON.stringify(name)} is no cloud`, {
    hint: 'Use global (also for GCC), usgov (GCC High) or dod.',
  });
}
