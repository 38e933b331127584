import { OtherlegError } from '../model/error.ts';

/** An m-line: `m=<media> <port>[/<number>] <protocol> <format> …` (RFC 8866, 5.14). */
export type MediaLine = {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  /** The formats that are RTP payload types. */
  readonly formats: readonly number[];
};

/** Ten times the largest SDP a browser makes of a conference. UTF-16 units; lines; media descriptions. */
const LIMITS = { length: 262_144, lineLength: 16_384, mediaLines: 256 };

/** How much of a broken line is repeated to the caller. */
const SHOWN = 60;

/** The m-lines of an SDP in order. Throws OtherlegError SDP_INVALID that names the line. */
export function mediaLines(text: string): readonly MediaLine[] {
  if (text.length > LIMITS.length) throw invalid(`it is longer than ${LIMITS.length} characters`);
  const lines = text.split(/\r\n|\r|\n/);
  const first = lines.findIndex((line) => line.trim() !== '');
  const version = lines[first] ?? '';
  if (version.trimEnd() !== 'v=0') throw invalid(`line ${Math.max(first, 0) + 1} is not v=0: ${shown(version)}`);
  const found: MediaLine[] = [];
  lines.forEach((line, index) => {
    if (line.length > LIMITS.lineLength)
      throw invalid(`line ${index + 1} is longer than ${LIMITS.lineLength} characters`);
    if (line.startsWith('m=')) found.push(mediaLine(line, index + 1));
    if (found.length > LIMITS.mediaLines) throw invalid(`line ${index + 1} is media description ${found.length}`);
  });
  return found;
}

function mediaLine(line: string, number: number): MediaLine {
  const [, kind, port, protocol, formats = ''] =
    /^m=(\S+) +(\d{1,5})(?:\/\d{1,5})? +(\S+)(?: +(.*))?$/.exec(line.trimEnd()) ?? [];
  if (kind === undefined || protocol === undefined || Number(port) > 65_535) {
    throw invalid(`line ${number} is no media description: ${shown(line)}`);
  }
  return { kind: kind.toLowerCase(), port: Number(port), protocol, formats: payloadNumbers(formats) };
}

const payloadNumbers = (formats: string): readonly number[] => [
  ...new Set(
    formats
      .split(/\s+/)
      .filter((format) => /^\d{1,3}$/.test(format))
      .map(Number)
      .filter((type) => type <= 127),
  ),
];

/** A piece of the caller's own text, made printable. */
const shown = (line: string): string => JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line);

const invalid = (reason: string): OtherlegError =>
  new OtherlegError('SDP_INVALID', `The SDP cannot be read: ${reason}.`, {
    hint: 'Send the session description as it was signalled, from v=0 on, with its line ends (in JSON: \\r\\n).',
  });
