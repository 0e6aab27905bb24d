// One trace: the tree of its spans beside bars of time, and the details of the one that is chosen. Its address names the span, so a
// link shows a colleague the same thing.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { neighbourOf, spansOfTraceQuery, traceQuery } from '@/api/queries';
import type { SpanType, Trace } from '@/api/types';
import { cost, count, duration } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { useStored } from '@/lib/storage';
import { useTitle } from '@/lib/title';
import { Details, SpanDetails } from '@/trace/details';
import { Splitter } from '@/trace/splitter';
import { criticalPath, matching, rowsOf, treeOf, tokensOf, type Tree } from '@/trace/tree';
import { Waterfall } from '@/trace/waterfall';
import { ErrorBadge, SPAN_TYPE_NAMES } from '@/ui/badges';
import { CopyButton } from '@/ui/copy';
import { Icon } from '@/ui/icons';
import { Menu } from '@/ui/menu';
import { SearchBox } from '@/ui/search_box';
import { Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { toast, toastError } from '@/ui/toast';
import '@/trace/trace.css';

const route = getRouteApi('/projects/$projectId/traces/$traceId');
const TYPES = Object.keys(SPAN_TYPE_NAMES) as SpanType[];

export default function TracePage() {
  const { projectId, traceId } = route.useParams();
  const trace = useQuery(traceQuery(traceId));
  const spans = useQuery(spansOfTraceQuery(projectId, traceId));
  useTitle(trace.data?.name);
  useNeighbours(projectId, traceId);
  const tree = useMemo(() => (trace.data && spans.data ? treeOf(trace.data, spans.data.content) : undefined), [trace.data, spans.data]);
  if (trace.isPending) return <Loading what="the trace" />;
  if (trace.error) return <Failed what="trace" error={trace.error} retry={() => void trace.refetch()} />;
  return (
    <div className="page page-fixed">
      <Head trace={trace.data} projectId={projectId} listed={spans.data?.content.length} total={spans.data?.total} />
      {spans.error && <Failed what="spans" error={spans.error} retry={() => void spans.refetch()} />}
      {spans.isPending && <Loading what="its spans" />}
      {tree && <Body key={traceId} trace={trace.data} tree={tree} projectId={projectId} />}
    </div>
  );
}

function useNeighbours(projectId: string, traceId: string) {
  const navigate = route.useNavigate();
  const go = (direction: 'older' | 'newer') => {
    neighbourOf(projectId, traceId, direction)
      .then((id) => (id ? navigate({ to: '/projects/$projectId/traces/$traceId', params: { projectId, traceId: id }, search: {} }) : toast(`There is no ${direction} trace`)))
      .catch(toastError);
  };
  useKeys({ j: { what: 'Next (older) trace', run: () => go('older') }, k: { what: 'Previous (newer) trace', run: () => go('newer') } });
}

function Head({ trace, projectId, listed, total }: { trace: Trace; projectId: string; listed?: number; total?: number }) {
  const all = tokensOf(trace.usage);
  const facts = [
    trace.end_time ? duration(trace.duration) : 'running',
    `${count(trace.span_count ?? 0)} ${trace.span_count === 1 ? 'span' : 'spans'}`,
    all !== undefined && `${count(all)} tokens`,
    trace.total_estimated_cost ? cost(trace.total_estimated_cost) : undefined,
  ].filter((fact) => typeof fact === 'string');
  return (
    <div className="page-head trace-head">
      <Link to="/projects/$projectId/logs" params={{ projectId }} className="button button-icon trace-back" aria-label="Back to the logs">
        <Icon name="up" />
      </Link>
      <h1 className="one-line">{trace.name ?? 'Trace'}</h1>
      {trace.error_info && <ErrorBadge type={trace.error_info.exception_type} message={trace.error_info.message} />}
      <span className="soft trace-facts">
        {facts.join(' · ')} · <Time at={trace.start_time} />
      </span>
      {listed !== undefined && total !== undefined && listed < total && <span className="chip chip-bad">the first {count(listed)} spans of {count(total)}</span>}
      <CopyButton what="link" text={() => location.href} />
    </div>
  );
}

function Body({ trace, tree, projectId }: { trace: Trace; tree: Tree; projectId: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState('');
  const [types, setTypes] = useState<ReadonlySet<string>>(new Set());
  const [errorsOnly, setErrorsOnly] = useState(false);
  const [critical, setCritical] = useStored('trace.critical', false);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [base, setBase] = useState<{ id: string; name: string }>();
  const [share, setShare] = useStored('trace.share', 56);
  const wanted = useDeferredValue(text);
  const matches = useMemo(() => matching(tree, { text: wanted, types, errorsOnly }), [tree, wanted, types, errorsOnly]);
  const rows = useMemo(() => rowsOf(tree, { folded, matches }), [tree, folded, matches]);
  const path = useMemo(() => (critical ? criticalPath(tree) : undefined), [tree, critical]);
  const selected = search.span && tree.byId.has(search.span) ? search.span : tree.root.id;
  const failures = useMemo(() => tree.nodes.filter((node) => node.failed && node !== tree.root).length, [tree]);

  const select = (id: string) => {
    void navigate({ search: { span: id === tree.root.id ? undefined : id }, replace: true });
    for (let up = tree.byId.get(id)?.parent; up; up = up.parent) if (folded.has(up.id)) fold(up.id, false);
  };
  const fold = (id: string, shut: boolean) =>
    setFolded((old) => {
      const next = new Set(old);
      if (shut) next.add(id);
      else next.delete(id);
      return next;
    });
  const foldAll = () => setFolded(folded.size > 0 ? new Set() : new Set(tree.nodes.filter((node) => node.children.length > 0 && node !== tree.root).map((node) => node.id)));
  const nextError = () => {
    const failed = tree.nodes.filter((node) => node.failed);
    const at = tree.nodes.indexOf(tree.byId.get(selected)!);
    const next = failed.find((node) => tree.nodes.indexOf(node) > at) ?? failed[0];
    if (next) select(next.id);
    else toast('Nothing failed in this trace');
  };
  useKeys({
    e: { what: 'Next span that failed', run: nextError },
    c: { what: 'Critical path on or off', run: () => setCritical(!critical) },
    x: { what: 'Fold or unfold all spans', run: foldAll },
  });
  const typesText = types.size ? `${types.size} of ${TYPES.length} types` : 'All types';
  const toggleType = (type: SpanType) => {
    const next = new Set(types);
    if (!next.delete(type)) next.add(type);
    setTypes(next);
  };

  return (
    <div className="trace" style={{ '--share': `${share}%`, '--rows': rows.length } as React.CSSProperties}>
      <div className="trace-tree">
        <div className="trace-tools">
          <SearchBox label="Find spans" value={text} onChange={setText} />
          <Menu
            label={typesText}
            className="button"
            button={<>{typesText}</>}
            items={TYPES.map((type) => ({ label: SPAN_TYPE_NAMES[type], checked: types.has(type), stays: true, run: () => toggleType(type) }))}
          />
          <button className="button" aria-pressed={errorsOnly} disabled={failures === 0 && !errorsOnly} onClick={() => setErrorsOnly(!errorsOnly)}>
            {failures === 0 ? 'No errors' : `${count(failures)} ${failures === 1 ? 'error' : 'errors'}`}
          </button>
          <button className="button wide-only" aria-pressed={critical} onClick={() => setCritical(!critical)}>
            Critical path
          </button>
          <button className="button button-plain wide-only" onClick={foldAll}>
            {folded.size > 0 ? 'Unfold all' : 'Fold all'}
          </button>
          {matches && (
            <span className="soft" role="status">
              {count(matches.size)} found
            </span>
          )}
        </div>
        {rows.length === 0 ? (
          <p className="trace-none soft" role="status">
            No span is like that.
          </p>
        ) : (
          <Waterfall tree={tree} rows={rows} folded={folded} matches={matches} critical={path} selected={selected} onSelect={select} onFold={fold} />
        )}
      </div>
      <Splitter label="Width of the tree" share={share} onChange={setShare} />
      <section className="trace-details" aria-label="Details" tabIndex={0}>
        {selected === tree.root.id ? (
          <Details kind="trace" record={trace} projectId={projectId} traceId={trace.id} compare={{ base, start: setBase }} />
        ) : (
          <SpanDetails key={selected} id={selected} projectId={projectId} traceId={trace.id} compare={{ base, start: setBase }} />
        )}
      </section>
    </div>
  );
}
