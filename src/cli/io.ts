/** What a verb speaks to: the process's own streams and environment, or a test's. */
export type Io = {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Absent: there is nothing to read. */
  readonly stdin?: NodeJS.ReadableStream;
  readonly env: NodeJS.ProcessEnv;
};

/** What a verb's file exports. `run` answers the exit code: 0 ok, 1 failure, 2 usage or configuration, 3 drained with reports left. */
export type VerbModule = {
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
  /** What `--help` prints; without it the verb's summary. */
  readonly usage?: string;
};
