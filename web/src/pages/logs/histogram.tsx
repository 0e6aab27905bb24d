// Counts over time above a list, errors within. Dragging over it chooses the time range.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { count } from '@/lib/format';
import type { Series } from '@/ui/chart';
import { histogramQuery, SAMPLE_MAX, type Choice } from './list';

const Chart = lazy(() => import('@/ui/chart'));
const HEIGHT = 64;

export function LogHistogram({ choice, total, onBrush }: { choice: Choice; total: number; onBrush: (from: Date, to: Date) => void }) {
  const histogram = useQuery({ ...histogramQuery(choice, total), enabled: total > 0 });
  const data = histogram.data;
  const name = choice.tab === 'traces' ? 'Traces' : choice.tab === 'spans' ? 'Spans' : 'Threads';
  const series = useMemo<Series[]>(
    () =>
      data
        ? [
            { name, values: data.counts, colour: '--bar' },
            ...(data.errors ? [{ name: 'Errors', values: data.errors.map((value) => value || null), colour: '--bad' }] : []),
          ]
        : [],
    [data, name],
  );
  const errors = data?.errors?.reduce((sum, one) => sum + one, 0);
  return (
    <figure className="histogram">
      {data && (
        <Suspense>
          <Chart
            label={`${name} over time: ${count(data.counts.reduce((sum, one) => sum + one, 0))}${errors === undefined ? '' : `, errors: ${count(errors)}`}. Drag to choose a time range.`}
            times={data.times}
            step={data.step}
            series={series}
            kind="bars"
            height={HEIGHT}
            format={count}
            onBrush={onBrush}
          />
        </Suspense>
      )}
      {data?.partial && <figcaption className="histogram-note">The newest {count(SAMPLE_MAX)}</figcaption>}
      {histogram.error && <p className="faint">No chart: {histogram.error.message}</p>}
    </figure>
  );
}
