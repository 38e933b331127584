import type { Outbox } from '../../src/delivery/delivery.ts';
import type { Claimed, Delivery, Outcome, Report, ReportQuery } from '../../src/model/delivery.ts';
import type { Page } from '../../src/model/leg.ts';
import type { ClaimAsk } from '../../src/store/store.ts';

type Row = {
  readonly report: Report;
  state: Delivery['state'];
  dueAt: number;
  fence: number;
  leasedUntil: number;
  readonly outcomes: Outcome[];
};

const STATE = { accepted: 'delivered', refused: 'refused', expired: 'expired', keep: 'queued' } as const;

/** The outbox of the store in memory, with its rules: longest due first, leases, fences. Fails while `failing` says so. */
export class OutboxFake implements Outbox {
  readonly rows = new Map<string, Row>();
  readonly claims: ClaimAsk[] = [];
  failing: ((method: 'claim' | 'settle' | 'next' | 'reports') => boolean) | undefined;

  add(report: Report): void {
    const { createdAt } = report;
    this.rows.set(report.mediaLegId, {
      report,
      state: 'queued',
      dueAt: createdAt,
      fence: 0,
      leasedUntil: 0,
      outcomes: [],
    });
  }

  row(mediaLegId: string): Row {
    const row = this.rows.get(mediaLegId);
    if (row === undefined) throw new Error(`no report ${mediaLegId}`);
    return row;
  }

  async claimReports(ask: ClaimAsk): Promise<readonly Claimed[]> {
    this.#check('claim');
    this.claims.push(ask);
    const free = (row: Row) =>
      row.state === 'queued' &&
      row.dueAt <= ask.now &&
      row.leasedUntil <= ask.now &&
      row.report.createdAt >= (ask.createdSince ?? 0) &&
      !ask.heldTenants.includes(row.report.tenantId);
    const due = [...this.rows.values()].filter(free).sort((a, b) => a.dueAt - b.dueAt);
    return due.slice(0, ask.limit).map((row) => {
      row.fence += 1;
      row.leasedUntil = ask.now + ask.leaseSeconds;
      return { report: row.report, fence: row.fence, attempts: row.outcomes.length };
    });
  }

  async settleReport(mediaLegId: string, fence: number, outcome: Outcome): Promise<boolean> {
    this.#check('settle');
    const row = this.row(mediaLegId);
    if (row.fence !== fence || row.state !== 'queued') return false;
    row.outcomes.push(outcome);
    row.state = STATE[outcome.kind];
    row.leasedUntil = 0;
    if (outcome.kind === 'keep') row.dueAt = outcome.dueAt;
    return true;
  }

  async nextDueAt(): Promise<number | undefined> {
    this.#check('next');
    const queued = [...this.rows.values()].filter(({ state }) => state === 'queued');
    const due = queued.map(({ dueAt, leasedUntil }) => Math.max(dueAt, leasedUntil));
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async reports({ state, limit, after = '' }: ReportQuery): Promise<Page<Delivery>> {
    this.#check('reports');
    const rows = [...this.rows.values()]
      .filter((row) => (state === undefined || row.state === state) && row.report.mediaLegId > after)
      .sort((a, b) => (a.report.mediaLegId < b.report.mediaLegId ? -1 : 1));
    const items = rows
      .slice(0, limit)
      .map(({ report, state, outcomes }) => ({ ...report, state, attempts: outcomes.length }));
    const next = rows.length > limit ? items.at(-1)?.mediaLegId : undefined;
    return { items, ...(next !== undefined && { next }) };
  }

  #check(method: 'claim' | 'settle' | 'next' | 'reports'): void {
    if (this.failing?.(method) === true) throw new Error(`disk full at ${method}`);
  }
}
