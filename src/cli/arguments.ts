import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../config/did-you-mean.ts';
import { OtherlegError } from '../model/error.ts';

/** `parseArgs` of node:util with positional arguments, whose complaints are OtherlegError USAGE with a next step. */
export function readArguments<const T extends ParseArgsOptionsConfig>(
  verb: string,
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const complaint = cause instanceof Error ? cause.message : String(cause);
    const unknown = /^Unknown option '(-[^']*)'/.exec(complaint)?.[1];
    if (unknown === undefined) throw usageError(verb, firstSentence(complaint));
    const near = didYouMean(unknown, Object.keys(options));
    const meant = near === undefined ? '' : `; did you mean --${near}?`;
    throw usageError(verb, `unknown option ${unknown}${meant}`);
  }
}

/** The value of an option that a verb cannot do without. */
export function required(verb: string, option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw usageError(verb, `${option} is missing`);
  return value;
}

/** Refuses arguments that a verb has no use for. */
export function noPositionals(verb: string, positionals: readonly string[]): void {
  if (positionals.length > 0) throw usageError(verb, `unexpected argument ${positionals.join(' ')}`);
}

/** A wrong call of a verb: exit code 2. */
export function usageError(verb: string, message: string): OtherlegError {
  return new OtherlegError('USAGE', message, { hint: `otherleg ${verb} --help` });
}

const firstSentence = (text: string): string => (text.split(/[.\n]/)[0] ?? text).trim();
