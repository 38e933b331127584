import { describe } from 'vitest';
import type { MakeBench } from './contract/bench.ts';
import { describeCallRecords } from './contract/call-records.ts';
import { describeClaims } from './contract/claims.ts';
import { describeEndings } from './contract/endings.ts';
import { describeLegList } from './contract/leg-list.ts';
import { describeLegs } from './contract/legs.ts';
import { describeMeasured } from './contract/measured.ts';
import { describeOutbox } from './contract/outbox.ts';

/** What every engine behind `Store` has to do, whatever it is made of. `runs`: of what is tried with random steps. */
export function describeStore(name: string, make: MakeBench, runs = 40): void {
  describe(`${name} store`, () => {
    describeLegs(make);
    describeLegList(make);
    describeMeasured(make);
    describeEndings(make);
    describeOutbox(make);
    describeCallRecords(make);
    describeClaims(make, runs);
  });
}
