// Kills a real agent again and again: node test/soak/soak.ts [--rounds 500] [--seed 1]. Exit code 1 if anything is lost.
import { parseArgs } from 'node:util';
import { soak } from './soak-run.ts';
import { failings, soakTable } from './table.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } });
const rounds = Number(values.rounds ?? 500);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const result = await soak({
  rounds,
  seed,
  onRound: (round, legs) => process.stderr.write(`\rround ${round} of ${rounds}, ${legs} legs`),
});
process.stderr.write('\n');
process.stdout.write(soakTable(result));
for (const [text, count] of result.complaints) process.stdout.write(`logged ${count} times: ${text}\n`);
const wrong = failings(result);
for (const line of wrong) process.stdout.write(`${line}\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
