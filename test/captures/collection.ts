import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { run } from '../../src/cli/analyze.ts';
import type { analysisDocument } from '../../src/report/analysis.ts';
import { recordingIo } from '../cli/recording-io.ts';

/** The collection of captures lies beside the repository and is no part of it. */
export const COLLECTION = '../shared/captures';

/** Skipped, with the reason in the name, where the collection is not there; a failure where nothing may be skipped. */
export function describeCaptures(name: string, body: () => void): void {
  if (existsSync(COLLECTION) || process.env['OTHERLEG_TEST_ALL'] === '1') describe(name, body);
  else describe.skip(name, () => it(`needs the captures in ${COLLECTION}`, () => {}));
}

export type Document = ReturnType<typeof analysisDocument>;
export type Stream = Document['streams'][number];

/** What `otherleg analyze --json` says of captures: the whole way of the verb. */
export async function analyzed(files: readonly string[], ...options: readonly string[]) {
  const { io, out, err } = recordingIo();
  const code = await run([...files, ...options, '--json'], io);
  const document: Document = JSON.parse(out());
  return { code, document, err: err() };
}

export const capture = (...path: readonly string[]): string => join(COLLECTION, ...path);

export const readJson = <T>(...path: readonly string[]): T => JSON.parse(readFileSync(capture(...path), 'utf8'));

/** How a stream is known in the truth. */
export type StreamName = {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  readonly ssrc: string;
};

/** `10.0.0.1:2000 > 10.0.0.2:3000 0x0000ABCD` of what the truth says and of what we say. */
export const truthKey = ({ src, sport, dst, dport, ssrc }: StreamName): string =>
  `${src}:${sport} > ${dst}:${dport} ${ssrc.toUpperCase().replace('0X', '0x')}`;

export const streamKey = ({ source, destination, ssrc }: Stream): string =>
  `${source.address}:${source.port} > ${destination.address}:${destination.port} 0x${ssrc.toString(16).toUpperCase().padStart(8, '0')}`;

/** Our streams by their key. */
export const byKey = ({ streams }: Document): ReadonlyMap<string, Stream> =>
  new Map(streams.map((stream) => [streamKey(stream), stream]));

/** Milliseconds of seconds. */
export const ms = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : 1000 * seconds;
