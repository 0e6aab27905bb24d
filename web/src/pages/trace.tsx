// One trace: what went in, what came out, and its spans.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { spansOfTraceQuery, traceQuery } from '@/api/queries';
import { count, duration } from '@/lib/format';
import { useTitle } from '@/lib/title';
import { SpanTypeBadge } from '@/ui/badges';
import { Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import './trace.css';

const JsonViewer = lazy(() => import('@/ui/json_viewer'));
const route = getRouteApi('/projects/$projectId/traces/$traceId');

export default function TracePage() {
  const { projectId, traceId } = route.useParams();
  const trace = useQuery(traceQuery(traceId));
  const spans = useQuery(spansOfTraceQuery(projectId, traceId));
  useTitle(trace.data?.name);
  if (trace.isPending) return <Loading what="the trace" />;
  if (trace.error) return <Failed what="trace" error={trace.error} retry={() => void trace.refetch()} />;
  return (
    <div className="page page-fixed">
      <div className="page-head">
        <h1 className="one-line">{trace.data.name ?? 'Trace'}</h1>
        <span className="soft">
          {duration(trace.data.duration)} · {count(trace.data.span_count ?? 0)} spans · <Time at={trace.data.start_time} />
        </span>
      </div>
      <div className="trace">
        <ul className="trace-spans" aria-label="Spans" tabIndex={0}>
          {spans.data?.content.map((span) => (
            <li key={span.id} className="trace-span">
              <SpanTypeBadge type={span.type} short />
              <span className="one-line">{span.name ?? span.id}</span>
              <span className="faint">{duration(span.duration)}</span>
            </li>
          ))}
        </ul>
        <Suspense fallback={<Loading what="the viewer" />}>
          <section className="trace-payload">
            <h2>Input</h2>
            <JsonViewer value={trace.data.input ?? null} label="Input" />
            <h2>Output</h2>
            <JsonViewer value={trace.data.output ?? null} label="Output" />
          </section>
        </Suspense>
      </div>
    </div>
  );
}
