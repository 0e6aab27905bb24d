// The columns of traces, spans and threads.

import type { Entry, Span, Thread, Trace } from '@/api/types';
import { cost, count, duration, NOTHING } from '@/lib/format';
import { previewOf } from '@/trace/messages';
import { ErrorBadge, ScoreChip, SpanTypeBadge, Tag } from '@/ui/badges';
import type { GridColumn } from '@/ui/data_grid';
import { Time } from '@/ui/time';

const known = (text: string) => (text === NOTHING || text === '' ? <span className="faint">{NOTHING}</span> : <span>{text}</span>);

const shared = {
  name: { id: 'name', title: 'Name', width: 200, sortable: true, cell: (row) => known(row.name ?? '') },
  start: { id: 'start_time', title: 'Start', width: 104, sortable: true, cell: (row) => <Time at={row.start_time} /> },
  input: { id: 'input', title: 'Input', width: 280, cell: (row) => known(previewOf(row.input, 'input')) },
  output: { id: 'output', title: 'Output', width: 272, cell: (row) => known(previewOf(row.output, 'output')) },
  error: { id: 'error_info', title: 'Error', width: 136, cell: (row) => (row.error_info ? <ErrorBadge type={row.error_info.exception_type} message={row.error_info.message} /> : known('')) },
  duration: { id: 'duration', title: 'Duration', width: 96, number: true, sortable: true, cell: (row) => known(duration(row.duration)) },
  tokens: { id: 'usage.total_tokens', title: 'Tokens', width: 88, number: true, sortable: true, cell: (row) => known(count(row.usage?.total_tokens)) },
  cost: { id: 'total_estimated_cost', title: 'Cost', width: 96, number: true, sortable: true, cell: (row) => known(row.total_estimated_cost ? cost(row.total_estimated_cost) : '') },
  scores: { id: 'feedback_scores', title: 'Scores', width: 200, cell: (row) => row.feedback_scores?.map((one) => <ScoreChip key={one.name} score={one} />) },
  tags: { id: 'tags', title: 'Tags', width: 160, cell: (row) => row.tags?.map((tag) => <Tag key={tag} text={tag} />) },
  id: { id: 'id', title: 'Id', width: 280, hidden: true, cell: (row) => <code>{row.id}</code> },
} satisfies Record<string, GridColumn<Entry>>;
const { name, start, input, output, error, duration: took, tokens, cost: price, scores, tags, id } = shared as { [key in string]: GridColumn<Entry> } & Required<typeof shared>;

export const traceColumns: GridColumn<Trace>[] = [
  start, name, input, output, error, took, tokens, price,
  { id: 'span_count', title: 'Spans', width: 72, number: true, sortable: true, cell: (row) => known(count(row.span_count)) },
  scores, tags,
  { id: 'thread_id', title: 'Thread', width: 160, hidden: true, sortable: true, cell: (row) => known(row.thread_id ?? '') },
  { id: 'ttft', title: 'First token', width: 96, number: true, hidden: true, sortable: true, cell: (row) => known(duration(row.ttft)) },
  id,
];

export const spanColumns: GridColumn<Span>[] = [
  start,
  { id: 'type', title: 'Type', width: 104, sortable: true, cell: (row) => <SpanTypeBadge type={row.type} /> },
  name,
  { id: 'model', title: 'Model', width: 152, sortable: true, cell: (row) => known(row.model ?? '') },
  input, output, error, took, tokens, price, scores, tags, id,
];

export const threadColumns: GridColumn<Thread>[] = [
  { id: 'last_updated_at', title: 'Last activity', width: 112, sortable: true, cell: (row) => <Time at={row.last_updated_at} /> },
  { id: 'id', title: 'Thread', width: 200, sortable: true, cell: (row) => <span>{row.id}</span> },
  { id: 'first_message', title: 'First message', width: 280, cell: (row) => known(previewOf(row.first_message, 'input')) },
  { id: 'last_message', title: 'Last message', width: 280, cell: (row) => known(previewOf(row.last_message, 'output')) },
  { id: 'number_of_messages', title: 'Messages', width: 88, number: true, sortable: true, cell: (row) => known(count(row.number_of_messages)) },
  { id: 'duration', title: 'Duration', width: 96, number: true, sortable: true, cell: (row) => known(duration(row.duration)) },
  { id: 'total_estimated_cost', title: 'Cost', width: 96, number: true, sortable: true, cell: (row) => known(row.total_estimated_cost ? cost(row.total_estimated_cost) : '') },
  { id: 'status', title: 'Status', width: 88, sortable: true, cell: (row) => known(row.status ?? '') },
];
