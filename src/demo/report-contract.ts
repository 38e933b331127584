import { isIP } from 'node:net';
import { durationSeconds } from './iso-duration.ts';

type Json = Readonly<Record<string, unknown>>;
/** What is wrong with a value; undefined if nothing is. */
type Check = (value: unknown) => string | undefined;
type Property = { readonly check: Check; readonly required?: true };
type Properties = Readonly<Record<string, Property>>;

const PREFIX = '#microsoft.graph.';
const LIST = 'quality.mediaQualityList';
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const INT32_MAXIMUM = 2 ** 31 - 1;

const fulfils =
  (test: (value: unknown) => boolean, wanted: string): Check =>
  (value) =>
    test(value) ? undefined : `${JSON.stringify(value)} is not ${wanted}`;

const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most;

const integer = (least: number, most: number, wanted: string): Check =>
  fulfils((value) => Number.isSafeInteger(value) && isNumber(value, least, most), wanted);

const guid = fulfils((value) => typeof value === 'string' && GUID.test(value), 'a GUID');
const text = fulfils((value) => typeof value === 'string' && value.trim() !== '', 'a text that says something');
const index = integer(1, INT32_MAXIMUM, 'an Int32 of 1 or more');
const port = integer(0, 65_535, 'a port (0–65535)');
const count = integer(0, Number.MAX_SAFE_INTEGER, 'an Int64 of 0 or more');
const percent = fulfils((value) => isNumber(value, 0, 100), 'a percentage (a number, 0–100)');
const rate = fulfils((value) => isNumber(value, 0, Number.MAX_VALUE), 'a number of 0 or more');
const duration = fulfils(
  (value) => typeof value === 'string' && durationSeconds(value) !== undefined,
  'an ISO 8601 duration of days, hours, minutes and seconds, neither negative nor with an exponent',
);
const address = fulfils(
  (value) => typeof value === 'string' && isIP(value) !== 0 && !value.includes('%'),
  'an IP address',
);
const anything: Check = () => undefined;

/** The two type names that are right: of the quality itself, and of what is in its list. */
const qualityType = fulfils(
  (value) => value === `${PREFIX}teleconferenceDeviceQuality`,
  `${PREFIX}teleconferenceDeviceQuality`,
);

const qualityProperties: Properties = {
  '@odata.type': { check: qualityType },
  callChainId: { check: guid, required: true },
  participantId: { check: guid, required: true },
  mediaLegId: { check: guid, required: true },
  deviceName: { check: text, required: true },
  deviceDescription: { check: text, required: true },
  mediaQualityList: { check: anything, required: true },
  cloudServiceName: { check: text },
  cloudServiceDeploymentId: { check: text },
  cloudServiceDeploymentEnvironment: { check: text },
  cloudServiceInstanceName: { check: text },
};

/** What is told as average and maximum, in both directions. */
const pairs = (
  [
    ['PacketLossRateInPercentage', percent],
    ['RoundTripDelay', duration],
    ['Jitter', duration],
  ] as const
).flatMap(([name, check]) =>
  ['Inbound', 'Outbound'].map((way) => ({ average: `average${way}${name}`, maximum: `maximum${way}${name}`, check })),
);

const audioProperties: Properties = {
  '@odata.type': { check: anything, required: true },
  channelIndex: { check: index, required: true },
  mediaDuration: { check: duration },
  networkLinkSpeedInBytes: { check: count },
  localIPAddress: { check: address },
  localPort: { check: port },
  remoteIPAddress: { check: address },
  remotePort: { check: port },
  inboundPackets: { check: count },
  outboundPackets: { check: count },
  ...Object.fromEntries(
    pairs.flatMap(({ average, maximum, check }) => [
      [average, { check }],
      [maximum, { check }],
    ]),
  ),
};

const videoProperties: Properties = {
  ...audioProperties,
  averageInboundBitRate: { check: rate },
  averageOutboundBitRate: { check: rate },
  averageInboundFrameRate: { check: rate },
  averageOutboundFrameRate: { check: rate },
};

/** The concrete types of a list item; the base type is abstract. */
const itemProperties = new Map<unknown, Properties>([
  [`${PREFIX}teleconferenceDeviceAudioQuality`, audioProperties],
  [`${PREFIX}teleconferenceDeviceVideoQuality`, videoProperties],
  [`${PREFIX}teleconferenceDeviceScreenSharingQuality`, videoProperties],
]);

/**
 * Everything in which a body breaks the contract of logTeleconferenceDeviceQuality; empty if nothing. Stricter than the
 * published OpenAPI, which lets unknown properties, text percentages and missing names pass.
 */
export function violations(body: unknown): string[] {
  if (!isObject(body) || !isObject(body['quality'])) return ['the body is not {"quality": {…}}'];
  const { quality, ...others } = body;
  const list = quality['mediaQualityList'];
  return [
    ...Object.keys(others).map((name) => `${name}: stands beside quality`),
    ...propertyViolations('quality', quality, qualityProperties),
    ...(list === undefined ? [] : listViolations(list)),
  ];
}

function listViolations(list: unknown): string[] {
  if (!Array.isArray(list) || list.length === 0) return [`${LIST}: is not a list with something in it`];
  const items: readonly unknown[] = list;
  return [...items.flatMap((item, at) => itemViolations(`${LIST}[${at}]`, item)), ...indexViolations(items)];
}

function itemViolations(path: string, item: unknown): string[] {
  if (!isObject(item)) return [`${path}: is not an object`];
  const type = item['@odata.type'];
  const properties = itemProperties.get(type);
  if (properties === undefined) return [`${path}.@odata.type: ${JSON.stringify(type)} is not a concrete media quality`];
  return [...propertyViolations(path, item, properties), ...pairViolations(path, item)];
}

function propertyViolations(path: string, value: Json, properties: Properties): string[] {
  const missing = Object.entries(properties).filter(([name, { required }]) => required && value[name] === undefined);
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const problem = member === null ? 'null is not sent: leave the property out' : problemOf(properties[name], member);
    return problem === undefined ? [] : [`${path}.${name}: ${problem}`];
  });
  return [...missing.map(([name]) => `${path}.${name}: is missing`), ...wrong];
}

const problemOf = (property: Property | undefined, value: unknown): string | undefined =>
  property === undefined ? 'is no property of this type' : property.check(value);

function pairViolations(path: string, item: Json): string[] {
  return pairs.flatMap(({ average, maximum }) => {
    const [mean, most] = [quantity(item[average]), quantity(item[maximum])];
    return mean !== undefined && most !== undefined && mean > most ? [`${path}.${average}: is above ${maximum}`] : [];
  });
}

const quantity = (value: unknown): number | undefined =>
  typeof value === 'string' ? durationSeconds(value) : typeof value === 'number' ? value : undefined;

/** Each media counts its channels 1, 2, 3 without holes or repetition. */
function indexViolations(items: readonly unknown[]): string[] {
  const byType = Map.groupBy(items.filter(isObject), (item) => item['@odata.type']);
  return [...byType].flatMap(([type, members]) => {
    const indexes = members.map((member) => member['channelIndex']);
    const found = new Set(indexes);
    const whole = indexes.every((_, at) => found.has(at + 1));
    return whole ? [] : [`${LIST}: channelIndex of ${type} is ${indexes.join(', ')}, not 1 to ${indexes.length}`];
  });
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
