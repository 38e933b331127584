import { Child } from './child.ts';

export type OnDemandOptions = {
  /** How long an unused child is kept. Seconds. */
  readonly idleSeconds: number;
  /** A child ended that nobody had told to. `how`: its signal or exit code, and its last words. */
  readonly onCrash: (how: string) => void;
};

/** The one child process: started when first used, ended when unused for a while, started anew after a crash. */
export class OnDemandChild {
  readonly #options: OnDemandOptions;
  #child: Child | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** How many were started so far. */
  starts = 0;

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  /** The child that runs, if one does. */
  get running(): Child | undefined {
    return this.#child;
  }

  /** The child for use: it stays until it is told to rest. */
  use(): Child {
    clearTimeout(this.#idle);
    this.#child ??= this.#start();
    return this.#child;
  }

  /** Nobody uses it any more, for now. */
  rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.end(), this.#options.idleSeconds * 1000);
  }

  /** Resolves when no child runs. */
  async end(): Promise<void> {
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = undefined;
    await child?.end();
  }

  #start(): Child {
    const child = new Child();
    this.starts += 1;
    void child.ended.then((how) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      clearTimeout(this.#idle);
      this.#options.onCrash(how);
    });
    return child;
  }
}
