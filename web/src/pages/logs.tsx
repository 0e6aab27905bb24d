// The logs of a project: traces, spans or threads, as a table of any length.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { get } from '@/api/client';
import { projectQuery } from '@/api/queries';
import type { Page, Span, Thread, Trace } from '@/api/types';
import { interval } from '@/lib/time_range';
import { useTitle } from '@/lib/title';
import { ColumnMenu, DataGrid, useGridLayout, type GridColumn } from '@/ui/data_grid';
import { Empty, Failed, Loading } from '@/ui/states';
import { useWindowRows } from '@/ui/window_rows';
import { spanColumns, threadColumns, traceColumns } from './log_columns';
import { TABS, type Tab } from './logs_search';

const route = getRouteApi('/projects/$projectId/logs');
const NAMES: Record<Tab, string> = { traces: 'Traces', spans: 'Spans', threads: 'Threads' };
const PATHS: Record<Tab, string> = { traces: '/v1/private/traces', spans: '/v1/private/spans', threads: '/v1/private/traces/threads' };

export default function LogsPage() {
  const { projectId } = route.useParams();
  const search = route.useSearch();
  const tab = search.tab ?? 'traces';
  const project = useQuery(projectQuery(projectId));
  useTitle(project.data && `${NAMES[tab]} of ${project.data.name}`);
  if (project.error) return <Failed what="project" error={project.error} retry={() => void project.refetch()} />;
  return (
    <div className="page page-fixed">
      <h1 className="visually-hidden">{project.data ? `Logs of ${project.data.name}` : 'Logs'}</h1>
      <nav className="tabs" aria-label="What to list">
        {TABS.map((one) => (
          <Link key={one} from="/projects/$projectId/logs" to="." search={(old) => ({ ...old, tab: one, sort: undefined })} className="tab" aria-current={one === tab ? 'page' : undefined} activeProps={{}}>
            {NAMES[one]}
          </Link>
        ))}
      </nav>
      {tab === 'traces' && <LogTable<Trace> key={tab} tab={tab} columns={traceColumns} />}
      {tab === 'spans' && <LogTable<Span> key={tab} tab={tab} columns={spanColumns} />}
      {tab === 'threads' && <LogTable<Thread> key={tab} tab={tab} columns={threadColumns} />}
    </div>
  );
}

function LogTable<T extends { id: string }>({ tab, columns }: { tab: Tab; columns: GridColumn<T>[] }) {
  const { projectId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const layout = useGridLayout(tab);
  const { range, from, to, sort } = search;
  const rows = useWindowRows<T>({
    key: [tab, 'list', { projectId, range, from, to, sort }],
    fetch: (page, size, signal) => {
      const times = interval({ range, from, to });
      return get<Page<T>>(
        PATHS[tab],
        {
          project_id: projectId,
          page,
          size,
          truncate: true,
          from_time: times.from?.toISOString(),
          to_time: times.to?.toISOString(),
          sorting: sort && JSON.stringify([{ field: sort.replace(/^-/, ''), direction: sort.startsWith('-') ? 'DESC' : 'ASC' }]),
        },
        signal,
      );
    },
  });
  const open = (row: T) => {
    if (tab === 'threads') return void navigate({ to: '/projects/$projectId/threads/$threadId', params: { projectId, threadId: row.id } });
    const span = tab === 'spans' ? (row as unknown as Span) : undefined;
    void navigate({ to: '/projects/$projectId/traces/$traceId', params: { projectId, traceId: span?.trace_id ?? row.id }, search: { span: span?.id } });
  };
  if (rows.loading) return <Loading what={tab} />;
  if (rows.error) return <Failed what={NAMES[tab].toLowerCase()} error={rows.error} retry={rows.retry} />;
  if (rows.total === 0) {
    return (
      <Empty title={`No ${tab} ${range || from || to ? 'in this time range' : 'yet'}`}>
        {range || from || to ? 'Choose a longer time range above.' : 'They appear here as soon as your application logs to this project.'}
      </Empty>
    );
  }
  return (
    <>
      <div className="page-head">
        <span className="soft" role="status">
          {rows.total.toLocaleString('en-US')} {tab}
        </span>
        <span className="bar-space" />
        <ColumnMenu columns={columns} layout={layout} />
      </div>
      <DataGrid label={NAMES[tab]} rows={rows} columns={columns} layout={layout} rowId={(row) => row.id} onOpen={open} sort={sort} onSort={(next) => void navigate({ search: { ...search, sort: next } })} />
    </>
  );
}
