// One thread: the conversation as it was held, each answer with the way to its trace, and what people say of the whole.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Suspense, useState, type FormEvent } from 'react';
import { send } from '@/api/client';
import { projectQuery, threadQuery, THREAD_TRACES_MAX, tracesOfThreadQuery } from '@/api/queries';
import type { Project, Thread, Trace } from '@/api/types';
import { cost, count, duration, exact } from '@/lib/format';
import { useTitle } from '@/lib/title';
import { annotatedThread, Comments, Scores } from '@/trace/annotations';
import { messagesOf } from '@/trace/messages';
import { Pretty, Text } from '@/trace/payload';
import { tokensOf } from '@/trace/tree';
import { ScoreChip } from '@/ui/badges';
import { CopyButton } from '@/ui/copy';
import { Icon } from '@/ui/icons';
import { Empty, Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { toastError } from '@/ui/toast';
import '@/trace/trace.css';
import './thread.css';

const route = getRouteApi('/projects/$projectId/thread');

export default function ThreadPage() {
  const { projectId } = route.useParams();
  const { id: threadId } = route.useSearch();
  useTitle(threadId);
  const project = useQuery(projectQuery(projectId));
  const thread = useQuery(threadQuery(projectId, threadId));
  const traces = useQuery(tracesOfThreadQuery(projectId, threadId));
  if (thread.isPending || traces.isPending || project.isPending) return <Loading what="the thread" />;
  const failed = [thread, traces, project].find((one) => one.error);
  if (failed) return <Failed what="thread" error={failed.error} retry={() => void failed.refetch()} />;
  const turns = traces.data!.content;
  return (
    <div className="page page-fixed">
      <div className="page-head trace-head">
        <Link to="/projects/$projectId/logs" params={{ projectId }} search={{ tab: 'threads' }} className="button button-icon trace-back" aria-label="Back to the threads">
          <Icon name="up" />
        </Link>
        <h1 className="one-line">{threadId}</h1>
        <span className="bar-space" />
        <OpenOrClose thread={thread.data!} projectId={projectId} />
        <CopyButton what="link" text={() => location.href} />
      </div>
      <div className="thread">
        <section className="thread-turns" aria-label="Conversation" tabIndex={0}>
          {turns.length === 0 && <Empty title="There is no such thread" icon="search" />}
          {turns.map((trace) => (
            <Turn key={trace.id} trace={trace} projectId={projectId} />
          ))}
          {traces.data!.total > turns.length && <p className="thread-when">the first {count(THREAD_TRACES_MAX)} of {count(traces.data!.total)} turns</p>}
        </section>
        <Side thread={thread.data!} project={project.data!} turns={turns.length} />
      </div>
    </div>
  );
}

// What was said last: of a history of messages, that is what is new in this turn.
function said(value: unknown, side: 'input' | 'output'): unknown {
  const messages = messagesOf(value, side);
  const wanted = side === 'input' ? 'user' : 'assistant';
  const texts = messages?.findLast((message) => message.role === wanted)?.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  return texts?.length ? texts.join('\n\n') : value;
}

function Turn({ trace, projectId }: { trace: Trace; projectId: string }) {
  return (
    <article className="thread-turn">
      <p className="thread-when">
        <Time at={trace.start_time} />
      </p>
      <div className="bubble bubble-user">
        <div className="bubble-from">user</div>
        <Said value={said(trace.input, 'input')} label="What the user said" />
      </div>
      <div className={trace.error_info ? 'bubble bubble-bad' : 'bubble'}>
        <div className="bubble-from">{trace.name ?? 'assistant'}</div>
        {trace.error_info ? (
          <p>
            <Icon name="warning" size={14} /> {[trace.error_info.exception_type, trace.error_info.message].filter(Boolean).join(': ') || 'failed'}
          </p>
        ) : (
          <Said value={said(trace.output, 'output')} label="What was answered" />
        )}
        <div className="bubble-foot">
          <Link to="/projects/$projectId/traces/$traceId" params={{ projectId, traceId: trace.id }}>
            Trace
          </Link>
          <span>{trace.end_time ? duration(trace.duration) : 'running'}</span>
          {trace.total_estimated_cost ? <span>{cost(trace.total_estimated_cost)}</span> : null}
          {trace.feedback_scores?.map((one) => <ScoreChip key={one.name} score={one} />)}
        </div>
      </div>
    </article>
  );
}

function Said({ value, label }: { value: unknown; label: string }) {
  if (value === undefined) return <span className="faint">nothing</span>;
  if (typeof value === 'string') return <Text text={value} />;
  return (
    <Suspense fallback={<span className="faint">…</span>}>
      <Pretty value={value} label={label} />
    </Suspense>
  );
}

function useThreadWrite<T>(thread: Thread, projectId: string, write: (input: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () => Promise.all([threadQuery(projectId, thread.id).queryKey, ['threads', 'list']].map((queryKey) => client.invalidateQueries({ queryKey }))),
    onError: toastError,
  });
}

function OpenOrClose({ thread, projectId }: { thread: Thread; projectId: string }) {
  const active = thread.status !== 'inactive';
  const write = useThreadWrite(thread, projectId, () => send('PUT', `/v1/private/traces/threads/${active ? 'close' : 'open'}`, { project_id: projectId, thread_id: thread.id }));
  return (
    <>
      <span className={active ? 'chip chip-good' : 'chip'}>{active ? 'open' : 'closed'}</span>
      <button className="button" disabled={write.isPending} onClick={() => write.mutate(undefined)}>
        {active ? 'Close thread' : 'Open again'}
      </button>
    </>
  );
}

function Side({ thread, project, turns }: { thread: Thread; project: Project; turns: number }) {
  const annotated = annotatedThread(thread, project, [['threads']]);
  const all = tokensOf(thread.usage);
  const facts: [string, string][] = [
    ['Turns', count(turns)],
    ['Duration', duration(thread.duration)],
    ...(all !== undefined ? [['Tokens', count(all)] as [string, string]] : []),
    ...(thread.total_estimated_cost ? [['Cost', cost(thread.total_estimated_cost)] as [string, string]] : []),
    ['Began', exact(thread.start_time)],
  ];
  return (
    <aside className="thread-side" aria-label="About the thread">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="fact">
            <dt className="faint">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Tags thread={thread} projectId={project.id} />
      <Scores of={annotated} scores={thread.feedback_scores} />
      <Comments of={annotated} comments={thread.comments} />
    </aside>
  );
}

function Tags({ thread, projectId }: { thread: Thread; projectId: string }) {
  const [text, setText] = useState('');
  const tags = thread.tags ?? [];
  const write = useThreadWrite(thread, projectId, (next: string[]) => send('PATCH', `/v1/private/traces/threads/${thread.thread_model_id}`, { tags: next }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tag = text.trim();
    if (tag !== '' && !tags.includes(tag)) write.mutate([...tags, tag], { onSuccess: () => setText('') });
  };
  return (
    <section className="payload" aria-label="Tags">
      <div className="payload-head">
        <h2>Tags</h2>
      </div>
      <div className="tag-list">
        {tags.map((tag) => (
          <span key={tag} className="chip">
            <span className="one-line">{tag}</span>
            <button className="tag-delete" aria-label={`Remove tag ${tag}`} disabled={write.isPending} onClick={() => write.mutate(tags.filter((one) => one !== tag))}>
              ×
            </button>
          </span>
        ))}
      </div>
      <form className="tag-form" onSubmit={submit}>
        <input className="input" aria-label="New tag" placeholder="Add a tag" maxLength={100} value={text} onChange={(event) => setText(event.target.value)} />
        <button className="button" disabled={text.trim() === '' || write.isPending}>
          Add
        </button>
      </form>
    </section>
  );
}
