// What a project's traces come to in the chosen time range.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { get } from '@/api/client';
import type { Percentiles } from '@/api/types';
import { cost, count, duration } from '@/lib/format';
import { interval } from '@/lib/time_range';
import { useTitle } from '@/lib/title';
import { Failed, Loading } from '@/ui/states';
import './metrics.css';

const route = getRouteApi('/projects/$projectId/metrics');
type Stat = { name: string; type: 'PERCENTAGE'; value: Percentiles } | { name: string; type: 'COUNT' | 'AVG'; value: number };

export default function MetricsPage() {
  useTitle('Metrics');
  const { projectId } = route.useParams();
  const search = route.useSearch();
  const stats = useQuery({
    queryKey: ['traces', 'stats', projectId, search],
    queryFn: ({ signal }) => {
      const times = interval(search);
      return get<{ stats: Stat[] }>('/v1/private/traces/stats', { project_id: projectId, from_time: times.from?.toISOString(), to_time: times.to?.toISOString() }, signal);
    },
  });
  if (stats.isPending) return <Loading what="metrics" />;
  if (stats.error) return <Failed what="metrics" error={stats.error} retry={() => void stats.refetch()} />;
  const find = (name: string) => stats.data.stats.find((stat) => stat.name === name);
  const number = (name: string) => {
    const value = find(name)?.value;
    return typeof value === 'number' ? value : undefined;
  };
  const took = find('duration')?.value as Percentiles | undefined;
  const figures: [string, string][] = [
    ['Traces', count(number('trace_count') ?? 0)],
    ['Errors', count(number('error_count') ?? 0)],
    ['Duration p50', duration(took?.p50)],
    ['Duration p99', duration(took?.p99)],
    ['Cost', cost(number('total_estimated_cost_sum'))],
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Metrics</h1>
      </div>
      <dl className="figures">
        {figures.map(([name, value]) => (
          <div key={name} className="figure">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
