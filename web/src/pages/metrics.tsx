// What a project's traces, spans or threads come to over time: how many, how long, at which cost, how good; all of them or by group.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { get } from '@/api/client';
import { askMetric, DAY_MS, firstTime, HOUR_MS, intervalFor, type MetricQuestion } from '@/api/metrics';
import { projectQuery } from '@/api/queries';
import { cost, count, duration, percent, score } from '@/lib/format';
import { interval } from '@/lib/time_range';
import { useTitle } from '@/lib/title';
import { Empty, Failed, Loading } from '@/ui/states';
import { MetricChart, type Panel } from './metrics/panel';
import { ENTITIES, GROUPS, type Entity, type GroupBy, type MetricsSearch, type Percentile } from './metrics/search';
import './metrics.css';

const route = getRouteApi('/projects/$projectId/metrics');
const NAMES: Record<Entity, string> = { traces: 'Traces', spans: 'Spans', threads: 'Threads' };

function panelsOf({ of = 'traces', by, at = 'p50', score: wanted }: MetricsSearch): Panel[] {
  const own = (trace: string, span: string, thread?: string) => ({ traces: trace, spans: span, threads: thread })[of];
  const panels: (Omit<Panel, 'metric'> & { metric: string | undefined })[] = [
    { title: NAMES[of], metric: own('TRACE_COUNT', 'SPAN_COUNT', 'THREAD_COUNT'), format: count, kind: 'sum' },
    { title: 'Error rate', metric: own('TRACE_ERROR_RATE', 'SPAN_ERROR_RATE'), format: (value) => percent(value / 100), kind: 'mean' },
    { title: by ? `Duration ${at}` : 'Duration', metric: own('DURATION', 'SPAN_DURATION', 'THREAD_DURATION'), format: duration, kind: 'mean', named: true, sub: at },
    { title: 'Tokens', metric: own('TOKEN_USAGE', 'SPAN_TOKEN_USAGE'), format: count, kind: 'sum', named: true, sub: 'total_tokens', only: ['total_tokens', 'prompt_tokens', 'completion_tokens'] },
    { title: 'Cost', metric: own('COST', 'SPAN_COST', 'THREAD_COST'), format: cost, kind: 'sum' },
    { title: by && wanted ? `Score ${wanted}` : 'Scores', metric: own('FEEDBACK_SCORES', 'SPAN_FEEDBACK_SCORES', 'THREAD_FEEDBACK_SCORES'), format: score, kind: 'mean', named: true, sub: wanted },
  ];
  return panels.filter((panel): panel is Panel => panel.metric !== undefined);
}

// Full intervals, so that the first and the last are not cut: as the server begins them.
function usePeriod(projectId: string, search: MetricsSearch) {
  return useQuery({
    queryKey: ['metrics', 'period', projectId, search.range, search.from, search.to],
    queryFn: async ({ signal }) => {
      const times = interval(search);
      const to = times.to ?? new Date();
      const from = times.from ?? (await firstTime(projectId, 'traces', signal)) ?? (await firstTime(projectId, 'spans', signal));
      return from ? { from: from < to ? from : new Date(to.getTime() - HOUR_MS), to } : null;
    },
    placeholderData: keepPreviousData,
  });
}

export default function MetricsPage() {
  const { projectId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const project = useQuery(projectQuery(projectId));
  const period = usePeriod(projectId, search);
  const { of = 'traces', by, at = 'p50' } = search;
  useTitle(project.data && `Metrics of ${project.data.name}`);
  const change = (part: Partial<MetricsSearch>) => void navigate({ search: (old) => ({ ...old, ...part }) });
  // The order of groups, and with it their colours, is that of their counts in every chart.
  const ask = { from: period.data?.from ?? new Date(0), to: period.data?.to ?? new Date(0) };
  const groups = useQuery({
    queryKey: ['metrics', 'groups', projectId, of, by, ask],
    queryFn: async ({ signal }) => {
      const question: MetricQuestion = {
        metric_type: panelsOf({ of })[0]!.metric,
        interval: 'TOTAL',
        interval_start: ask.from.toISOString(),
        interval_end: ask.to.toISOString(),
        breakdown: { field: by! },
      };
      return (await askMetric(projectId, question, signal)).map((series) => series.name);
    },
    enabled: Boolean(by && period.data),
  });
  const scoreNames = useQuery({
    queryKey: ['metrics', 'scores', projectId, of],
    queryFn: ({ signal }) => get<{ scores: { name: string }[] }>(`/v1/private/${of}/feedback-scores/names`, { project_id: projectId }, signal),
    select: (answer) => answer.scores.map((one) => one.name),
    enabled: by !== undefined && of !== 'threads',
  });
  if (project.error) return <Failed what="project" error={project.error} retry={() => void project.refetch()} />;
  if (period.isPending) return <Loading what="metrics" />;
  if (period.error) return <Failed what="metrics" error={period.error} retry={() => void period.refetch()} />;
  const bar = (
    <>
      <h1 className="visually-hidden">{project.data ? `Metrics of ${project.data.name}` : 'Metrics'}</h1>
      <nav className="tabs" aria-label="Metrics of">
        {ENTITIES.map((one) => (
          <Link key={one} from="/projects/$projectId/metrics" to="." search={(old) => ({ ...old, of: one, by: undefined, score: undefined })} className="tab" aria-current={one === of ? 'page' : undefined} activeProps={{}}>
            {NAMES[one]}
          </Link>
        ))}
      </nav>
      <div className="metric-bar">
        <label className="soft" htmlFor="by">
          By
        </label>
        <select id="by" className="input" value={by ?? ''} onChange={(event) => change({ by: (event.target.value || undefined) as GroupBy | undefined })}>
          <option value="">No groups</option>
          {GROUPS[of].map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
        {by && (
          <>
            <label className="soft" htmlFor="at">
              Duration
            </label>
            <select id="at" className="input" value={at} onChange={(event) => change({ at: event.target.value as Percentile })}>
              <option value="p50">p50</option>
              <option value="p90">p90</option>
              <option value="p99">p99</option>
            </select>
            {scoreNames.data && scoreNames.data.length > 1 && (
              <>
                <label className="soft" htmlFor="score">
                  Score
                </label>
                <select id="score" className="input metric-score" value={search.score ?? ''} onChange={(event) => change({ score: event.target.value || undefined })}>
                  <option value="">All</option>
                  {scoreNames.data.map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              </>
            )}
          </>
        )}
        {period.data && <span className="faint metric-step">{stepName(intervalFor(period.data.from, period.data.to).step)}</span>}
      </div>
    </>
  );
  return (
    <div className="page">
      {bar}
      {period.data === null ? (
        <Empty title="Nothing to measure yet" icon="metrics">
          Charts appear with the first trace of this project.
        </Empty>
      ) : (
        <div className="panels">
          {panelsOf(search).map((panel) => (
            <MetricChart
              key={panel.title}
              projectId={projectId}
              period={period.data!}
              panel={panel}
              by={by}
              order={by ? groups.data : undefined}
              onBrush={(from, to) => change({ range: undefined, from: from.toISOString(), to: to.toISOString() })}
            />
          ))}
        </div>
      )}
    </div>
  );
}

const stepName = (step: number) => (step === HOUR_MS ? 'by the hour' : step === DAY_MS ? 'by the day' : 'by the week');
