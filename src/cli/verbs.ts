import type { VerbModule } from './io.ts';

/** A verb of the command line. Its file is loaded only when it is called: some weigh a second and 100 MB. */
export type Verb = {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
};

/** Every verb that this release has, in the order of the help text. */
export const verbs: readonly Verb[] = [
  { name: 'run', summary: 'run the agent beside a gateway', load: () => import('./run.ts') },
  { name: 'analyze', summary: 'quality of every stream in a capture file', load: () => import('./analyze.ts') },
  { name: 'demo', summary: 'measure and report a real call on this machine', load: () => import('./demo.ts') },
  {
    name: 'check-config',
    summary: 'say all that is wrong with a configuration',
    load: () => import('./check-config.ts'),
  },
  { name: 'legs', summary: 'show the legs of a running agent', load: () => import('./legs.ts') },
  { name: 'outbox', summary: 'list, show, retry or drop the reports owed to Graph', load: () => import('./outbox.ts') },
  { name: 'doctor', summary: 'say what is wrong, what is seen and what to do', load: () => import('./doctor.ts') },
  { name: 'version', summary: 'print the version', load: () => import('./version.ts') },
];

/** The help text of the command as a whole. */
export function helpText(known: readonly Verb[]): string {
  const width = Math.max(...known.map(({ name }) => name.length));
  return [
    'Usage: otherleg VERB [OPTION]…',
    '',
    'Measures the media leg between a Cloud Video Interop gateway and its room',
    'device, and reports it to Microsoft Graph.',
    '',
    ...known.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'otherleg VERB --help tells the options of a verb.',
    'Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 drained, reports left.',
    '',
  ].join('\n');
}
