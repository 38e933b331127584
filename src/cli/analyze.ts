import { readFileSync } from 'node:fs';
import { OtherlegError } from '../model/error.ts';
import { analysisTables } from '../report/analysis-tables.ts';
import { analysisText } from '../report/analysis-text.ts';
import { parseSdp } from '../session/sdp.ts';
import type { Described } from '../session/sip-signalling.ts';
import { analyze } from './analysis.ts';
import { type AnalyzeOptions, analyzeOptions } from './analyze-options.ts';
import { openCapture } from './capture-input.ts';
import type { Io } from './io.ts';
import { ProgressBar } from './progress-bar.ts';
import { textTable } from './text-table.ts';

export const usage = `Usage: otherleg analyze FILE… [--sdp FILE] [--device ADDRESS] [--clock PT=RATE] [--json]

Reads captures (pcap or pcapng, also gzipped; - is the standard input) and tells the
quality of every RTP stream in them, and of every call what would be reported. Several
files are one capture, merged by time.

  --sdp FILE        a session description of the media, where the capture has no SIP;
                    twice: the offer and the answer
  --device ADDRESS  the device's address, or a range of them (10.1.0.0/16): shows the
                    report of its legs; without it the SIP in the capture decides
  --clock PT=RATE   clock rate of a payload type in Hz, such as 96=90000; repeatable
  --json            one JSON document: {"capture", "streams", "legs"}

Exit codes: 0 read, also when it is damaged behind whole packets; 1 nothing can be read;
2 wrong usage.`;

/** Exit code 0 if there was anything to read. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = analyzeOptions(args);
  const [offer, answer] = options.descriptions.map(readDescription);
  const { analysis, damages } = await readAll(options, [offer, answer], io);
  for (const { name, reason } of damages) {
    io.stderr.write(`otherleg: ${name} is not whole: ${reason}; what was read before counts\n`);
  }
  const { refusedPackets } = analysis.capture;
  if (refusedPackets !== undefined) {
    const what = `${refusedPackets} RTP packets were not measured: they are of more streams than are measured at once`;
    io.stderr.write(`otherleg: ${what}\n`);
  }
  if (options.json) for (const piece of analysisText(analysis)) io.stdout.write(piece);
  else
    for (const part of analysisTables(analysis))
      io.stdout.write(typeof part === 'string' ? `${part}\n` : textTable(part));
  return 0;
}

async function readAll(options: AnalyzeOptions, described: Described, io: Io) {
  const { files, clocks, isDevice } = options;
  let bar: ProgressBar | undefined;
  const inputs = files.map((file) => openCapture(file, io, (octets) => bar?.add(octets)));
  const sizes = inputs.map(({ size }) => size);
  bar = new ProgressBar(
    io.stderr,
    sizes.includes(undefined) ? undefined : sizes.reduce((sum: number, size = 0) => sum + size, 0),
  );
  try {
    return await analyze(inputs, { described, clocks, ...(isDevice && { isDevice }) });
  } finally {
    bar.end();
  }
}

function readDescription(path: string) {
  try {
    return parseSdp(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof OtherlegError)
      throw new OtherlegError(cause.code, `${path}: ${cause.message}`, { hint: 'give the text from v=0 on', cause });
    throw new OtherlegError('USAGE', `--sdp ${path} cannot be read`, {
      hint: 'name a text file with the session description',
      cause,
    });
  }
}
