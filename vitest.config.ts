import { defineConfig } from 'vitest/config';

// Forks, never threads: @roamhq/wrtc crashes in worker threads.
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    // Bounds against hanging, not of speed (that is bench/): what takes one second takes twenty beside a busy neighbour.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
