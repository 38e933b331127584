import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { families, Metrics } from '../../src/daemon/metrics.ts';
import { promtool, promtoolCure, sampleNames, withoutPromtool } from '../daemon/exposition.ts';
import { fullFacts } from '../daemon/full-facts.ts';

const root = resolve(import.meta.dirname, '../..');
const RULES = join(root, 'deploy/prometheus/alerts.yaml');
const folder = mkdtempSync(join(tmpdir(), 'otherleg-monitoring-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Panel = {
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
};
type Board = {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { query: unknown }[] };
};
type Rules = {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
};

const board: Board = JSON.parse(readFileSync(join(root, 'deploy/grafana/dashboard.json'), 'utf8'));
const rules = (parse(readFileSync(RULES, 'utf8')) as Rules).groups.flatMap((group) => group.rules); // as promtool reads it
const page = readFileSync(join(root, 'docs/monitoring.md'), 'utf8');

const panels = board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));
const queries = [...panels, ...rules.map(({ alert, expr }) => [alert, expr] as const)];
const variables = JSON.stringify(board.templating.list.map(({ query }) => query));

const text = new Metrics(async () => fullFacts()).text();
const named = (query: string): readonly string[] => query.match(/\b(?:otherleg|process|nodejs)_[a-z0-9_]+/g) ?? [];

describe('dashboard and alerts', () => {
  it.each(queries)('%s asks for metrics that there are', async (_title, query) => {
    const names = sampleNames((await text).body);
    expect(named(query)).not.toEqual([]);
    expect(named(query).filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(queries)('%s asks for labels that there are', (_title, query) => {
    const labels = [...query.matchAll(/(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
    const matched = [...query.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
    const known = new Set(['job', 'instance', 'le', ...families.flatMap((family) => family.labels)]);
    expect([...labels, ...matched].filter((label) => !known.has(label))).toEqual([]);
  });

  it('show every metric of ours', () => {
    const shown = new Set(
      queries.flatMap(([, query]) => named(query)).map((name) => name.replace(/_(bucket|count)$/, '')),
    );
    expect(families.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('choose agents by a metric that every agent has', () => {
    expect(named(variables)).toEqual(['otherleg_build_info', 'otherleg_build_info']);
  });

  it('have panels that do not overlap, each with a number of its own', () => {
    const places = board.panels.map(({ id, gridPos }) => ({ id, ...gridPos }));
    expect(new Set(places.map(({ id }) => id)).size).toBe(places.length);
    const overlap = places.flatMap((a) =>
      places.filter((b) => a.id < b.id && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
    );
    expect(overlap).toEqual([]);
    for (const { x, w } of places) expect(x + w).toBeLessThanOrEqual(24);
  });
});

describe(`promtool${promtoolCure}`, () => {
  it.skipIf(withoutPromtool)('takes the alerts', () => expect(promtool(['check', 'rules', RULES])).toBe(''));

  it.skipIf(withoutPromtool)('takes what the panels ask for', () => {
    const asked = panels.map(([, expr], index) => {
      const filled = expr.replaceAll('$__rate_interval', '5m').replaceAll(/"\$(job|instance)"/g, '".*"');
      return { record: `panel:${index}`, expr: filled };
    });
    const path = join(folder, 'panels.yaml');
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'panels', rules: asked }] }));
    expect(promtool(['check', 'rules', path])).toBe('');
  });

  it.skipIf(withoutPromtool)('lets each alert fire when it should, and only then', () => {
    const path = join(folder, 'alerts.yaml');
    writeFileSync(
      path,
      readFileSync(join(import.meta.dirname, 'alerts.yaml'), 'utf8').replace('[RULES]', `[${RULES}]`),
    );
    expect(promtool(['test', 'rules', path])).toBe('');
  });
});

describe('docs/monitoring.md', () => {
  it('says what each alert means', () => {
    expect(rules.map(({ alert }) => alert).filter((alert) => !page.includes(`\`${alert}\``))).toEqual([]);
  });

  it('lists every metric of ours with its labels, and no other', () => {
    const rows = [...page.matchAll(/^\| `(otherleg_\w+)(?:\{([\w,]+)\})?` \| (\w+) \|/gm)];
    const listed = rows.map(([, name, labels = '', type]) => `${name}{${labels}} ${type}`).toSorted();
    expect(listed).toEqual(families.map(({ name, labels, type }) => `${name}{${labels.join(',')}} ${type}`).toSorted());
  });
});
