// Everything about one node of a trace: what it was given, what it gave back, what went wrong, and what people say of it.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, type ReactNode } from 'react';
import { spanQuery } from '@/api/queries';
import type { ErrorInfo, Span, Trace } from '@/api/types';
import { cost, count, duration, exact } from '@/lib/format';
import { SpanTypeBadge, Tag } from '@/ui/badges';
import { CopyButton } from '@/ui/copy';
import { Icon } from '@/ui/icons';
import { Failed, Loading } from '@/ui/states';
import { annotatedRecord, Comments, Scores } from './annotations';
import { Attachments } from './attachments';
import { Payload } from './payload';
import { tokensOf } from './tree';

const Diff = lazy(() => import('./diff'));

export interface Compare {
  base?: { id: string; name: string }; // a span whose input is held against this one's
  start: (base: { id: string; name: string } | undefined) => void;
}

export function SpanDetails({ id, projectId, traceId, compare }: { id: string; projectId: string; traceId: string; compare: Compare }) {
  const span = useQuery(spanQuery(id));
  if (span.isPending) return <Loading what="the span" />;
  if (span.error) return <Failed what="span" error={span.error} retry={() => void span.refetch()} />;
  return <Details kind="span" record={span.data} projectId={projectId} traceId={traceId} compare={compare} />;
}

export function Details({ kind, record, projectId, traceId, compare }: { kind: 'trace' | 'span'; record: Trace | Span; projectId: string; traceId: string; compare: Compare }) {
  const annotated = annotatedRecord(kind, record.id, [[`${kind}s`, 'one', record.id], kind === 'span' ? ['spans', 'of', traceId] : ['traces', 'list']]);
  return (
    <>
      <header className="details-head">
        <h2 className="one-line">{record.name ?? (kind === 'trace' ? 'Trace' : 'Span')}</h2>
        <CopyButton what={`${kind} id`} text={record.id} />
        {compare.base?.id === record.id ? (
          <button className="button" onClick={() => compare.start(undefined)}>
            Stop comparing
          </button>
        ) : (
          record.input !== undefined && (
            <button className="button button-plain" onClick={() => compare.start({ id: record.id, name: record.name ?? record.id })}>
              Compare input…
            </button>
          )
        )}
      </header>
      <Facts record={record} kind={kind} projectId={projectId} />
      {record.error_info && <ErrorView error={record.error_info} />}
      {compare.base && compare.base.id !== record.id && <Comparison base={compare.base} traceId={traceId} record={record} stop={() => compare.start(undefined)} />}
      {compare.base?.id === record.id && <p className="details-note soft">Choose another span: its input is shown against this one.</p>}
      {record.input !== undefined && <Payload title="Input" side="input" value={record.input} />}
      {record.output !== undefined && <Payload title="Output" side="output" value={record.output} />}
      {record.input === undefined && record.output === undefined && <p className="details-note faint">Neither input nor output was logged{record.end_time ? '' : ' so far'}.</p>}
      <Attachments projectId={projectId} kind={kind} id={record.id} />
      <Scores of={annotated} scores={record.feedback_scores} />
      <Comments of={annotated} comments={record.comments} />
      {record.metadata !== undefined && <Payload title="Metadata" value={record.metadata} />}
    </>
  );
}

function Facts({ record, kind, projectId }: { record: Trace | Span; kind: 'trace' | 'span'; projectId: string }) {
  const span = kind === 'span' ? (record as Span) : undefined;
  const trace = kind === 'trace' ? (record as Trace) : undefined;
  const usage = record.usage ?? {};
  const all = tokensOf(record.usage);
  const facts: [string, ReactNode][] = [];
  if (span) facts.push(['Type', <SpanTypeBadge type={span.type} />]);
  facts.push(['Duration', record.end_time ? duration(record.duration) : 'has not ended']);
  if (record.ttft !== undefined) facts.push(['First token after', duration(record.ttft)]);
  if (span?.model) facts.push(['Model', `${span.model}${span.provider ? ` (${span.provider})` : ''}`]);
  if (trace?.providers?.length) facts.push(['Providers', trace.providers.join(', ')]);
  if (all !== undefined) {
    const parts = [usage.prompt_tokens !== undefined && `${count(usage.prompt_tokens)} in`, usage.completion_tokens !== undefined && `${count(usage.completion_tokens)} out`].filter(Boolean);
    facts.push(['Tokens', `${count(all)}${parts.length ? ` (${parts.join(', ')})` : ''}`]);
  }
  if (record.total_estimated_cost) facts.push(['Cost', cost(record.total_estimated_cost)]);
  facts.push(['Start', exact(record.start_time)]);
  if (trace?.thread_id) {
    facts.push([
      'Thread',
      <Link to="/projects/$projectId/thread" params={{ projectId }} search={{ id: trace.thread_id }}>
        {trace.thread_id}
      </Link>,
    ]);
  }
  if (record.tags?.length) facts.push(['Tags', record.tags.map((tag) => <Tag key={tag} text={tag} />)]);
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} className="fact">
          <dt className="faint">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ErrorView({ error }: { error: ErrorInfo }) {
  return (
    <section className="error" aria-label="Error">
      <div className="error-head">
        <Icon name="warning" />
        <h3>{error.exception_type || 'Error'}</h3>
        <span className="bar-space" />
        <CopyButton what="error" text={[error.exception_type, error.message, error.traceback].filter(Boolean).join('\n')} />
      </div>
      {error.message && <p className="error-message">{error.message}</p>}
      {error.traceback && <pre className="error-trace" tabIndex={0} aria-label="Traceback">{error.traceback}</pre>}
    </section>
  );
}

function Comparison({ base, traceId, record, stop }: { base: { id: string; name: string }; traceId: string; record: Trace | Span; stop: () => void }) {
  const other = useQuery({ ...spanQuery(base.id), enabled: base.id !== traceId });
  return (
    <section className="payload" aria-label="Comparison">
      <div className="payload-head">
        <h2>
          Input against <i>{base.name}</i>
        </h2>
        <button className="link" onClick={stop}>
          Stop comparing
        </button>
      </div>
      {other.error && <Failed what="other span" error={other.error} retry={() => void other.refetch()} />}
      {other.data && (
        <Suspense fallback={<Loading what="the comparison" />}>
          <Diff before={other.data.input} after={record.input} />
        </Suspense>
      )}
    </section>
  );
}
