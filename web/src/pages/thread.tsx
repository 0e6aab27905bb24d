// One thread: its traces in order, question and answer.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { get } from '@/api/client';
import type { Page, Trace } from '@/api/types';
import { preview } from '@/lib/format';
import { useTitle } from '@/lib/title';
import { Empty, Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';

const route = getRouteApi('/projects/$projectId/threads/$threadId');
const TRACES_MAX = 1000;

export default function ThreadPage() {
  const { projectId, threadId } = route.useParams();
  useTitle(threadId);
  const filters = JSON.stringify([{ field: 'thread_id', operator: '=', value: threadId }]);
  const traces = useQuery({
    queryKey: ['traces', 'of thread', projectId, threadId],
    queryFn: ({ signal }) =>
      get<Page<Trace>>('/v1/private/traces', { project_id: projectId, page: 1, size: TRACES_MAX, filters, sorting: '[{"field":"start_time","direction":"ASC"}]' }, signal),
  });
  if (traces.isPending) return <Loading what="the thread" />;
  if (traces.error) return <Failed what="thread" error={traces.error} retry={() => void traces.refetch()} />;
  if (traces.data.content.length === 0) return <Empty title="There is no such thread" icon="search" />;
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="one-line">{threadId}</h1>
      </div>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Input</th>
            <th scope="col">Output</th>
          </tr>
        </thead>
        <tbody>
          {traces.data.content.map((trace) => (
            <tr key={trace.id}>
              <td>
                <Time at={trace.start_time} />
              </td>
              <td>{preview(trace.input, 80)}</td>
              <td>
                <Link to="/projects/$projectId/traces/$traceId" params={{ projectId, traceId: trace.id }}>
                  {preview(trace.output, 80) || 'Trace'}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
