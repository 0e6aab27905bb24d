// How the server does: its counters, asked for every two seconds, and what they come to in between.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useRef } from 'react';
import { get, request } from '@/api/client';
import { bytes, count, duration, NOTHING, percent } from '@/lib/format';
import { labelOf, parseMetrics, type Metrics } from '@/lib/prometheus';
import { Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';

const Chart = lazy(() => import('@/ui/chart'));
const PAUSE_MS = 2000;
const SAMPLES = 90;

interface Sample {
  at: number; // ms
  stored: number;
  requests: number;
  cpu: number; // seconds
}
interface Rates {
  at: number;
  stored: number | null; // a second
  requests: number | null;
  cpu: number | null; // of one core
}

function ratesOf(samples: Sample[]): Rates[] {
  return samples.slice(1).map((now, index) => {
    const before = samples[index]!;
    const seconds = (now.at - before.at) / 1000;
    // A server that was started anew counts from 0.
    const rate = (name: 'stored' | 'requests' | 'cpu') => (now[name] >= before[name] && seconds > 0 ? (now[name] - before[name]) / seconds : null);
    return { at: now.at, stored: rate('stored'), requests: rate('requests'), cpu: rate('cpu') };
  });
}

function useMetrics() {
  const samples = useRef<Sample[]>([]);
  return useQuery({
    queryKey: ['metrics'],
    queryFn: async ({ signal }) => {
      const text = await (await request('/metrics', { signal })).text();
      const value = parseMetrics(text);
      const sample = { at: Date.now(), stored: value('opikd_items_total', 'stored') ?? 0, requests: value('opikd_http_requests_total') ?? 0, cpu: value('process_cpu_seconds_total') ?? 0 };
      samples.current = [...samples.current, sample].slice(-SAMPLES);
      return { value, version: labelOf(text, 'opikd_build_info'), rates: ratesOf(samples.current) };
    },
    refetchInterval: PAUSE_MS,
    structuralSharing: false,
  });
}

export function ServerHealth() {
  const metrics = useMetrics();
  const api = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => get<{ version: string }>('/is-alive/ver', {}, signal) });
  if (metrics.isPending) return <Loading what="the server's counters" />;
  if (metrics.error) return <Failed what="server's counters" error={metrics.error} retry={() => void metrics.refetch()} />;
  const { value, version, rates } = metrics.data;
  const now = rates.at(-1);
  const inflight = value('opikd_inflight_bytes');
  const limit = value('opikd_inflight_limit_bytes');
  const figures: [string, string][] = [
    ['Ingest', now?.stored == null ? '…' : `${count(now.stored)}/s`],
    ['Requests', now?.requests == null ? '…' : `${count(now.requests)}/s`],
    ['Queue', count(value('opikd_ingest_queued_jobs'))],
    ['In flight', inflight === undefined || !limit ? NOTHING : percent(inflight / limit)],
    ['CPU', now?.cpu == null ? '…' : percent(now.cpu)],
    ['Memory', bytes(value('process_resident_memory_bytes'))],
    ['Disk', bytes(value('opikd_disk_bytes', 'database'))],
  ];
  return (
    <>
      <dl className="kpis server-figures" tabIndex={0} aria-label="Figures">
        {figures.map(([title, figure]) => (
          <div key={title} className="kpi">
            <dt>{title}</dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      <RateChart rates={rates} />
      <Facts value={value} version={version} api={api.data?.version} />
    </>
  );
}

function RateChart({ rates }: { rates: Rates[] }) {
  const times = useMemo(() => rates.map((rate) => rate.at), [rates]);
  const series = useMemo(() => [{ name: 'Stored', values: rates.map((rate) => rate.stored), colour: '--series-1' }], [rates]);
  return (
    <figure className="server-chart">
      <figcaption className="faint">Traces, spans and scores stored per second</figcaption>
      <div className="server-chart-room">
        {rates.length > 1 ? (
          <Suspense>
            <Chart label={`Stored per second over the last ${duration((rates.length - 1) * PAUSE_MS)}`} times={times} step={PAUSE_MS} series={series} kind="lines" height={120} axes format={(rate) => count(rate)} />
          </Suspense>
        ) : (
          <p className="faint">Measuring…</p>
        )}
      </div>
    </figure>
  );
}

function Facts({ value, version, api }: { value: Metrics; version: string | undefined; api: string | undefined }) {
  const started = value('process_start_time_seconds');
  const rejected = value('opikd_items_total', 'rejected') ?? 0;
  const refused = value('opikd_http_refused_busy_total') ?? 0;
  const failed = value('opikd_http_responses_total', '5xx') ?? 0;
  const trouble = (figure: number, text: string) => (figure > 0 ? <span className="bad">{text}</span> : text);
  const rows: [string, React.ReactNode][] = [
    ['Version', <>opikd {version ?? NOTHING}, API of Opik {api ?? '…'}</>],
    ['Address of the API', <code key="address">{`${location.origin}/api`}</code>],
    ['Running since', <Time key="since" at={started === undefined ? undefined : new Date(started * 1000).toISOString()} />],
    ['Stored', `${count(value('opikd_store_rows', 'projects'))} projects, ${count(value('opikd_store_rows', 'traces'))} traces, ${count(value('opikd_store_rows', 'spans'))} spans`],
    ['Disk', `${bytes(value('opikd_disk_bytes', 'database'))} used, ${bytes(value('opikd_disk_bytes', 'free'))} free`],
    ['Bodies', `${bytes(value('opikd_http_body_bytes_total', 'in'))} received, ${bytes(value('opikd_http_body_bytes_total', 'out'))} sent`],
    ['Refused', <>{trouble(rejected, `${count(rejected)} bad items`)}, {trouble(refused, `${count(refused)} requests while busy`)}</>],
    ['Failed', trouble(failed, failed > 0 ? `${count(failed)} requests; the log says more` : 'no requests')],
    ['Connections', `${count(value('opikd_http_connections_open'))} open, ${count(value('opikd_live_subscribers') ?? 0)} of them follow live`],
  ];
  return (
    <dl className="settings">
      {rows.map(([title, text]) => (
        <div key={title} className="settings-row">
          <dt>{title}</dt>
          <dd>
            <span>{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
