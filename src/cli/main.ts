import { inspect } from 'node:util';
import { didYouMean } from '../config/did-you-mean.ts';
import { OtherlegError } from '../model/error.ts';
import type { Io } from './io.ts';
import { helpText, type Verb, verbs } from './verbs.ts';

const FAILURE = 1;
const USAGE = 2;

/** The command line. Ends by `process.exitCode`, so that what is written gets out; a verb may end the process itself. */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever reads us may stop reading: otherleg legs | head.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : FAILURE));
  process.exitCode = await dispatch(argv, process, verbs);
}

/** Calls the verb that `argv` names; answers the exit code. Never rejects: what goes wrong is told on `stderr`. */
export async function dispatch(argv: readonly string[], io: Io, known: readonly Verb[]): Promise<number> {
  try {
    return await call(argv, io, known);
  } catch (error) {
    return tell(error, io);
  }
}

async function call(argv: readonly string[], io: Io, known: readonly Verb[]): Promise<number> {
  const [first, ...args] = argv;
  if (first === undefined) {
    io.stderr.write(helpText(known));
    return USAGE;
  }
  if (isHelp(first) || first === 'help') {
    io.stdout.write(helpText(known));
    return 0;
  }
  const name = first === '--version' || first === '-V' ? 'version' : first;
  const verb = known.find((each) => each.name === name);
  if (verb === undefined) throw unknownVerb(first, known);
  const { run, usage } = await verb.load();
  if (!args.some(isHelp)) return await run(args, io);
  io.stdout.write(`${usage ?? `otherleg ${verb.name}: ${verb.summary}`}\n`);
  return 0;
}

const isHelp = (argument: string): boolean => argument === '--help' || argument === '-h';

function unknownVerb(word: string, known: readonly Verb[]): OtherlegError {
  const kind = word.startsWith('-') ? 'option' : 'verb';
  const names = kind === 'option' ? ['--help', '--version'] : known.map(({ name }) => name);
  const near = didYouMean(word, names);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  return new OtherlegError('USAGE', `unknown ${kind} ${word}${meant}`, { hint: 'otherleg --help' });
}

/** Tells an error to an operator: what and what next. The stack is for those who ask for it. */
function tell(error: unknown, io: Io): number {
  const known = error instanceof OtherlegError;
  const message = error instanceof Error ? error.message : String(error);
  const hint = known ? error.hint : 'set OTHERLEG_DEBUG=1 to see where it comes from';
  io.stderr.write(`otherleg: ${known ? '' : 'unexpected: '}${message}\n`);
  if (hint !== undefined) io.stderr.write(`Try: ${hint}\n`);
  if (io.env['OTHERLEG_DEBUG']) io.stderr.write(`${inspect(error)}\n`);
  return known && (error.code === 'USAGE' || error.code === 'CONFIG_INVALID') ? USAGE : FAILURE;
}
