import { globSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Device } from '../model/device.ts';
import { type Config, configSchema } from './config.ts';
import { withoutEmptySections } from './empty-section.ts';
import { type Override, overridesIn, withOverrides } from './environment.ts';
import { explain } from './explain.ts';
import { asJsonSchema, jsonSchema } from './json-schema.ts';
import type { SchemaNode } from './option-tree.ts';
import { inFileOrder, type Place, type Problem, pathText } from './problem.ts';
import { includedDevices } from './section/devices.ts';
import { isUnreachable, type SecretReading } from './value/secret.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

/** What the schemas know: for explaining what is wrong. */
const ROOT = jsonSchema();
const INCLUDED = asJsonSchema(includedDevices);

/** What is to be said of a configuration: everything wrong at once, or the value that an agent runs with. */
export type Checked = {
  readonly config?: Config;
  readonly problems: readonly Problem[];
  /** Nothing wrong, but probably not what was meant. */
  readonly warnings: readonly string[];
};

type Parsed<T> = { readonly data?: T; readonly problems: readonly Problem[] };

/** Reads and checks a configuration file with its environment; throws for nothing in them. */
export function checkConfig(path: string, env: NodeJS.ProcessEnv, secrets: SecretReading = 'required'): Checked {
  const file = readFile(path);
  if (file.content === undefined) return { problems: file.problems, warnings: [] };
  const overrides = overridesIn(env);
  const tree = withOverrides(withoutEmptySections(file.content.tree, ROOT), overrides, ROOT);
  const place: YamlFile['place'] = (at, part) => overridden(overrides, at, part) ?? file.place(at, part);
  const main = parse(configSchema({ env, secrets }), tree, ROOT, place);
  const included = readIncluded(path, tree);
  const problems = inFileOrder([...file.problems, ...main.problems, ...included.problems]);
  if (main.data === undefined || problems.length > 0) return { problems, warnings: [] };
  const { devices, agent, ...rest } = main.data;
  const config = freeze<Config>({
    ...rest,
    agent: { ...agent, name: agent.name ?? hostname() },
    devices: Array.isArray(devices) ? devices : included.devices,
  });
  return { config, problems, warnings: [...included.warnings, ...warningsOf(config, env)] };
}

/** The variable that an option comes from; an unknown key may be but the beginning of what a variable sets. */
function overridden(overrides: readonly Override[], at: readonly PropertyKey[], part: 'key' | 'value') {
  const reaches = ({ path }: Override): boolean =>
    path.every((segment, index) => segment === at[index] || (part === 'key' && index > 0 && index >= at.length));
  const override = overrides.find(reaches);
  return override && { file: `environment variable ${override.variable}` };
}

function readFile(path: string): YamlFile {
  try {
    return readYaml(path, readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // readFileSync throws nothing else
    const reason = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code}`;
    return { problems: [{ file: path, path: '', reason }], place: () => ({ file: path }) };
  }
}

function parse<T>(schema: z.ZodType<T>, tree: unknown, root: SchemaNode, place: YamlFile['place']): Parsed<T> {
  const result = schema.safeParse(tree, { reportInput: true });
  if (result.success) return { data: result.data, problems: [] };
  const findings = result.error.issues.flatMap((issue) => explain(issue, root));
  const located = findings.map(({ at, part, ...rest }): Problem & Place => ({
    ...place(at, part),
    path: pathText(at),
    ...rest,
  }));
  return { problems: located };
}

type Included = { devices: Device[]; problems: Problem[]; warnings: string[] };

/** The devices of every file that `devices.include` names, by name of the file. */
function readIncluded(path: string, tree: unknown): Included {
  const found: Included = { devices: [], problems: [], warnings: [] };
  const { data } = z.object({ devices: z.object({ include: z.string() }) }).safeParse(tree);
  if (data === undefined) return found;
  const { include } = data.devices;
  const files = globSync(include, { cwd: dirname(path) }).toSorted();
  if (files.length === 0) found.warnings.push(`devices.include: ${include} matches no file`);
  for (const name of files) {
    const file = readFile(join(dirname(path), name));
    const parsed = file.content ? parse(includedDevices, file.content.tree, INCLUDED, file.place) : { problems: [] };
    found.problems.push(...file.problems, ...parsed.problems);
    found.devices.push(...[parsed.data ?? []].flat());
  }
  return found;
}

/** What has no effect, in this release or in this place, or less than its name says. */
function warningsOf({ graph, store, webex, devices }: Config, env: NodeJS.ProcessEnv): readonly string[] {
  return [
    ...devices
      .filter((device) => device.webex === true && !webex.enabled)
      .map(({ name }) => `devices: ${name} has webex: true, but webex.enabled is false: nothing is imported`),
    ...[...secretsOf(graph.auth), ...(store.password ? [{ option: 'store.password', secret: store.password }] : [])]
      .filter(({ secret }) => isUnreachable(secret.reference, env))
      .map(
        ({ option, secret }) => `${option}: ${secret.reference} is not checked here: $CREDENTIALS_DIRECTORY is not set`,
      ),
  ];
}

function secretsOf(auth: Config['graph']['auth']) {
  if (auth.kind === 'secret') return [{ option: 'graph.auth.clientSecret', secret: auth.clientSecret }];
  if (auth.kind !== 'certificate') return [];
  const { certificate, privateKey } = auth;
  return [
    { option: 'graph.auth.certificate', secret: certificate },
    ...(privateKey === undefined ? [] : [{ option: 'graph.auth.privateKey', secret: privateKey }]),
  ];
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}
