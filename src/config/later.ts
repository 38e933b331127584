/** What later releases will have: told apart from a slip of the pen, and never taken without effect. */
type Later = { readonly reason: string; readonly remedy: string };

const SOURCE: Later = {
  reason: 'names a source that comes in a later release',
  remedy: 'use capture, getstats, webrtc or webex',
};
const WEBEX: Later = { reason: 'has a section of its own', remedy: 'write webex: { enabled: true, … } at the top' };

const KEYS = new Map<string, Later>([
  ...['hep', 'pexip'].map((source): [string, Later] => [`sources.${source}`, SOURCE]),
  ['sources.webex', WEBEX],
]);

const VALUES = new Map<string, Later>([
  [
    'graph.cloud=china',
    {
      reason: 'is a cloud whose Graph has no logTeleconferenceDeviceQuality (21Vianet)',
      remedy: 'use global, usgov or dod',
    },
  ],
  ...['hep', 'pexip'].map((source): [string, Later] => [`devices.*.sources.*=${source}`, SOURCE]),
]);

const pattern = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.');

/** What to say of a key that only a later release knows. */
export function laterKey(path: readonly PropertyKey[]): Later | undefined {
  return KEYS.get(pattern(path));
}

/** What to say of a value that is refused for a reason of its own. */
export function laterValue(path: readonly PropertyKey[], value: unknown): Later | undefined {
  return typeof value === 'string' ? VALUES.get(`${pattern(path)}=${value}`) : undefined;
}
