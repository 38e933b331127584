import { OtherlegError } from '../model/error.ts';
import { checkConfig } from './check.ts';
import type { Config } from './config.ts';
import { type Problem, problemText } from './problem.ts';
import type { SecretReading } from './value/secret.ts';

/** CONFIG_INVALID that lists every problem, one a line. */
export function configError(path: string, problems: readonly Problem[]): OtherlegError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${problemText(problem)}`);
  return new OtherlegError('CONFIG_INVALID', [`${count} in the configuration ${path}`, ...lines].join('\n'), {
    hint: `correct it, then: otherleg check-config --config ${path}`,
  });
}

/**
 * The configuration of an agent, or OtherlegError CONFIG_INVALID that lists everything wrong with it. `warn` gets what
 * is not wrong but probably not what was meant; `secrets` says which secrets have to be there.
 */
export function loadConfig(
  path: string,
  env: NodeJS.ProcessEnv,
  warn: (text: string) => void = () => {},
  secrets: SecretReading = 'required',
): Config {
  const { config, problems, warnings } = checkConfig(path, env, secrets);
  if (config === undefined) throw configError(path, problems);
  warnings.forEach(warn);
  return config;
}
