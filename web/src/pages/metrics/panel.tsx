// One metric: its lines over time, and in the legend what each comes to in the whole period.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { askMetric, intervalFor, type MetricQuestion, type MetricSeries } from '@/api/metrics';
import type { Series } from '@/ui/chart';
import type { GroupBy } from './search';

const Chart = lazy(() => import('@/ui/chart'));
const HEIGHT = 168;
// More lines than this cannot be told apart.
const LINES_MAX = 6;
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 2]];

export interface Panel {
  title: string;
  metric: string; // as the API names it
  format: (value: number) => string;
  kind: 'sum' | 'mean'; // what an interval without values means: none of it, or nothing known
  named?: boolean; // its series have names that say something
  sub?: string; // of several series, the one that is shown by group
  only?: string[]; // without groups: the series that are shown, if the metric has one of them
}

interface Props {
  projectId: string;
  period: { from: Date; to: Date };
  panel: Panel;
  by: GroupBy | undefined;
  order: string[] | undefined; // of groups
  onBrush: (from: Date, to: Date) => void;
}

// "duration.p50" is p50.
const nameOf = (name: string) => name.replace(/^duration\./, '');

function chosen(all: MetricSeries[], { only }: Panel, order: string[] | undefined): MetricSeries[] {
  if (order) return [...all].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const known = (only ?? []).flatMap((name) => all.filter((series) => series.name === name));
  return known.length > 0 ? known : all;
}

export function MetricChart({ projectId, period, panel, by, order, onBrush }: Props) {
  const { interval, step } = intervalFor(period.from, period.to);
  const answer = useQuery({
    queryKey: ['metrics', 'panel', projectId, panel.metric, panel.sub, by, period],
    queryFn: async ({ signal }) => {
      const question: Omit<MetricQuestion, 'interval'> = {
        metric_type: panel.metric,
        interval_start: period.from.toISOString(),
        interval_end: period.to.toISOString(),
        breakdown: by && { field: by, sub_metric: panel.sub },
      };
      const lines = await askMetric(projectId, { ...question, interval }, signal);
      return { lines, totals: await askMetric(projectId, { ...question, interval: 'TOTAL' }, signal) };
    },
    placeholderData: keepPreviousData,
  });
  const shown = useMemo(() => {
    const all = chosen(answer.data?.lines ?? [], panel, order);
    const lines = all.slice(0, LINES_MAX);
    const colourAt = (name: string, at: number) => (order ? Math.max(0, order.indexOf(name)) : at) % LINES_MAX;
    const series: Series[] = lines.map((line, at) => ({
      name: nameOf(line.name),
      values: line.data.map((point) => point.value ?? (panel.kind === 'sum' ? 0 : null)),
      colour: `--series-${colourAt(line.name, at) + 1}`,
      dash: DASHES[colourAt(line.name, at)],
    }));
    return { series, names: lines.map((line) => line.name), times: lines[0]?.data.map((point) => Date.parse(point.time)) ?? [], hidden: all.length - lines.length };
  }, [answer.data, order, panel.metric, panel.sub]);
  const total = (name: string) => answer.data?.totals.find((series) => series.name === name)?.data[0]?.value;
  const isEmpty = shown.series.every((series) => series.values.every((value) => value === null || (panel.kind === 'sum' && value === 0)));
  return (
    <section className="panel" aria-label={panel.title} aria-busy={answer.isFetching || undefined}>
      <h2>{panel.title}</h2>
      <div className="legend">
        {shown.series.map((series, at) => {
          const value = total(shown.names[at]!);
          return (
            <span key={series.name} className="legend-one">
              <svg width="18" height="8" viewBox="0 0 18 8" className={series.colour.slice(2)} aria-hidden="true">
                <path d="M0 4h18" stroke="currentColor" strokeWidth="2" strokeDasharray={series.dash?.join(' ')} />
              </svg>
              {panel.named || by ? <span className="one-line">{series.name}</span> : <span>{panel.kind === 'sum' ? 'In all' : 'On average'}</span>}
              {value != null && <b>{panel.format(value)}</b>}
            </span>
          );
        })}
        {shown.hidden > 0 && <span className="faint">and {shown.hidden} more</span>}
      </div>
      <div className="panel-room">
        {answer.isPending ? (
          <p className="faint panel-note" role="status">
            Loading…
          </p>
        ) : answer.error ? (
          <p className="bad panel-note" role="alert">
            {answer.error.message}
          </p>
        ) : isEmpty ? (
          <p className="faint panel-note">Nothing measured in this time range</p>
        ) : (
          <Suspense>
            <Chart label={`${panel.title} over time`} times={shown.times} step={step} series={shown.series} kind="lines" height={HEIGHT} axes format={panel.format} onBrush={onBrush} />
          </Suspense>
        )}
      </div>
    </section>
  );
}
