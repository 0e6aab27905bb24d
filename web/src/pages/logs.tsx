// The logs of a project: traces, spans or threads. Figures and counts over time stand above a table of any length; what is chosen
// stands in the address.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '@/api/client';
import { useLive, type LiveState } from '@/api/live';
import { projectQuery } from '@/api/queries';
import type { Span, Thread, Trace } from '@/api/types';
import { useKeys } from '@/lib/keys';
import { useTitle } from '@/lib/title';
import { ColumnMenu, DataGrid, useGridLayout, type GridColumn } from '@/ui/data_grid';
import { Icon } from '@/ui/icons';
import { SearchBox } from '@/ui/search_box';
import { Empty, Failed, Loading } from '@/ui/states';
import { Tip } from '@/ui/tooltip';
import { useWindowRows } from '@/ui/window_rows';
import { spanColumns, threadColumns, traceColumns } from './log_columns';
import { FigureStrip } from './logs/figures';
import { FilterBar } from './logs/filter_bar';
import { LogHistogram } from './logs/histogram';
import { choiceOf, listPage, type Choice } from './logs/list';
import { ExportAll, PickedBar } from './logs/picked_bar';
import type { Row } from './logs/writes';
import { TABS, type LogsSearch, type Tab } from './logs_search';
import './logs.css';

const route = getRouteApi('/projects/$projectId/logs');
const NAMES: Record<Tab, string> = { traces: 'Traces', spans: 'Spans', threads: 'Threads' };
// A busy project changes many times a second: lists and figures follow no faster than this.
const LIVE_LIST_MS = 1000;
const LIVE_FIGURES_MS = 5000;

export default function LogsPage() {
  const { projectId } = route.useParams();
  const search = route.useSearch();
  const tab = search.tab ?? 'traces';
  const project = useQuery(projectQuery(projectId));
  useTitle(project.data && `${NAMES[tab]} of ${project.data.name}`);
  if (project.error) return <Failed what="project" error={project.error} retry={() => void project.refetch()} />;
  const shared = { projectId, projectName: project.data?.name ?? '' };
  return (
    <div className="page page-fixed">
      <h1 className="visually-hidden">{project.data ? `Logs of ${project.data.name}` : 'Logs'}</h1>
      <nav className="tabs" aria-label="What to list">
        {TABS.map((one) => (
          <Link
            key={one}
            from="/projects/$projectId/logs"
            to="."
            search={(old) => ({ ...old, tab: one, sort: undefined, filter: undefined })}
            className="tab"
            aria-current={one === tab ? 'page' : undefined}
            activeProps={{}}
          >
            {NAMES[one]}
          </Link>
        ))}
      </nav>
      {tab === 'traces' && <LogList<Trace> key={tab} {...shared} columns={traceColumns} />}
      {tab === 'spans' && <LogList<Span> key={tab} {...shared} columns={spanColumns} />}
      {tab === 'threads' && <LogList<Thread> key={tab} {...shared} columns={threadColumns} />}
    </div>
  );
}

// Asks again for what is shown when the project changes: at once while the newest rows are in sight; who has scrolled down is told how
// many there are, and is not pushed about.
function useLiveList(choice: Choice, on: boolean, atTop: boolean): { state: LiveState; waiting: number; show: () => void } {
  const client = useQueryClient();
  const [waiting, setWaiting] = useState(0);
  const due = useRef({ list: 0, figures: 0, top: atTop });
  due.current.top = atTop;
  const soon = (what: 'list' | 'figures', keys: string[], pause: number) => {
    if (due.current[what]) return;
    due.current[what] = window.setTimeout(() => {
      due.current[what] = 0;
      for (const key of keys) void client.invalidateQueries({ queryKey: [choice.tab, key] });
    }, pause);
  };
  const refresh = () => {
    soon('list', ['list'], LIVE_LIST_MS);
    soon('figures', ['figures', 'histogram'], LIVE_FIGURES_MS);
  };
  const state = useLive(choice.projectId, on, {
    reload: refresh,
    changed: (change) => {
      if (due.current.top) refresh();
      else if (change.what === 'created') setWaiting((old) => old + 1);
    },
  });
  useEffect(() => {
    const timers = due.current;
    return () => {
      clearTimeout(timers.list);
      clearTimeout(timers.figures);
    };
  }, []);
  const show = () => {
    setWaiting(0);
    for (const key of ['list', 'figures', 'histogram']) void client.invalidateQueries({ queryKey: [choice.tab, key] });
  };
  return { state, waiting: on ? waiting : 0, show };
}

const LIVE_TEXT: Record<LiveState, string> = {
  off: 'Follow new traces as they come',
  connecting: 'Connecting…',
  open: 'New traces appear as they come',
  broken: 'The server closed the connection',
};

interface Props<T> {
  projectId: string;
  projectName: string;
  columns: GridColumn<T>[];
}

function LogList<T extends Row>({ projectId, projectName, columns }: Props<T>) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const tab = search.tab ?? 'traces';
  const layout = useGridLayout(tab);
  const choice = choiceOf(projectId, search);
  const { sort, filter = '', find = '', live = false } = search;
  const change = useCallback((part: Partial<LogsSearch>, replace = false) => void navigate({ search: (old) => ({ ...old, ...part }), replace }), [navigate]);

  const box = useRef<HTMLDivElement>(null);
  const [atTop, setAtTop] = useState(true);
  const rows = useWindowRows<T>({
    key: [tab, 'list', { ...choice, sort }],
    fetch: (page, size, signal) => listPage<T>(choice, page, size, { sort, truncate: true }, signal),
  });
  const hasRows = rows.at(0) !== undefined;
  useEffect(() => {
    if (hasRows) performance.mark('opik:logs');
  }, [hasRows]);
  const show = useCallback(
    (first: number, last: number) => {
      setAtTop(first === 0);
      rows.show(first, last);
    },
    [rows.show],
  );
  const following = useLiveList(choice, live, atTop);

  const [picked, setPicked] = useState<ReadonlyMap<string, T>>(new Map());
  const named = JSON.stringify(choice);
  useEffect(() => setPicked(new Map()), [named]);
  const pickedRows = useMemo(() => [...picked.values()], [picked]);

  const targetOf = (row: T) => {
    if (tab === 'threads') return { to: '/projects/$projectId/thread', params: { projectId }, search: { id: row.id } } as const;
    const span = tab === 'spans' ? (row as Span) : undefined;
    return { to: '/projects/$projectId/traces/$traceId', params: { projectId, traceId: span?.trace_id ?? row.id }, search: { span: span?.id } } as const;
  };
  // Made once with names in place of ids: the router takes a while for an address, and a table has many.
  const href = useMemo(() => {
    const blank = { id: 'ROW', trace_id: 'TRACE' } as unknown as T;
    const address = router.buildLocation(targetOf(blank)).href;
    return (row: T) => address.replace('ROW', encodeURIComponent(row.id)).replace('TRACE', tab === 'spans' ? (row as Span).trace_id : '');
  }, [projectId, tab, router]);
  useKeys({ l: { what: 'Follow new traces, or stop', run: () => change({ live: live ? undefined : true }, true) } });

  const isRefused = rows.error instanceof ApiError && rows.error.status === 400 && filter !== '';
  const isNarrowed = filter !== '' || find !== '' || Boolean(search.range || search.from || search.to);
  return (
    <>
      <div className="log-bar">
        {pickedRows.length > 0 ? (
          <PickedBar tab={tab} projectId={projectId} projectName={projectName} rows={pickedRows} clear={() => setPicked(new Map())} />
        ) : (
          <>
            <SearchBox label={`Find in ${tab}`} value={find} onChange={(next) => change({ find: next || undefined }, true)} />
            <FilterBar entity={tab} filter={filter} refusal={isRefused ? rows.error!.toString().replace(/^ApiError: /, '') : undefined} onChange={(next) => change({ filter: next || undefined })} />
            {tab !== 'threads' && (
              <Tip text={LIVE_TEXT[following.state]}>
                <button className={live ? `button live live-${following.state}` : 'button'} aria-label="Live" aria-pressed={live} onClick={() => change({ live: live ? undefined : true }, true)}>
                  <Icon name="live" /> <span className="wide-only">Live</span>
                </button>
              </Tip>
            )}
            {rows.total > 0 && <ExportAll choice={choice} sort={sort} total={rows.total} />}
            <ColumnMenu columns={columns} layout={layout} />
          </>
        )}
      </div>
      <FigureStrip choice={choice} enabled={!rows.loading && !rows.error} />
      {rows.loading ? (
        <Loading what={tab} />
      ) : isRefused ? (
        <Empty title="The filter cannot be read" icon="filter">
          {rows.error instanceof Error ? rows.error.message : ''}
        </Empty>
      ) : rows.error ? (
        <Failed what={NAMES[tab].toLowerCase()} error={rows.error} retry={rows.retry} />
      ) : rows.total === 0 ? (
        <Nothing tab={tab} narrowed={isNarrowed} clear={() => change({ filter: undefined, find: undefined, range: undefined, from: undefined, to: undefined })} />
      ) : (
        <>
          <LogHistogram choice={choice} total={rows.total} onBrush={(from, to) => change({ range: undefined, from: from.toISOString(), to: to.toISOString() })} />
          <div className="log-grid">
            <DataGrid
              label={NAMES[tab]}
              rows={{ ...rows, show }}
              columns={columns}
              layout={layout}
              rowId={(row) => row.id}
              href={href}
              onOpen={(row) => void navigate(targetOf(row))}
              sort={sort}
              onSort={(next) => change({ sort: next })}
              picked={picked}
              onPick={setPicked}
              boxRef={box}
            />
            {following.waiting > 0 && (
              <button
                className="button button-primary log-waiting"
                onClick={() => {
                  following.show();
                  box.current?.scrollTo({ top: 0 });
                }}
              >
                <Icon name="up" /> {following.waiting} new
              </button>
            )}
          </div>
        </>
      )}
    </>
  );
}

function Nothing({ tab, narrowed, clear }: { tab: Tab; narrowed: boolean; clear: () => void }) {
  if (!narrowed) return <Empty title={`No ${tab} yet`}>They appear here as soon as your application logs to this project.</Empty>;
  return (
    <Empty
      title={`No ${tab} match`}
      icon="search"
      action={
        <button className="button" onClick={clear}>
          Show all {tab}
        </button>
      }
    >
      Nothing in this project fits the search, the filter and the time range together.
    </Empty>
  );
}
