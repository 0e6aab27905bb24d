// What every page stands in: the rail on the left (below, on narrow screens), the bar with project, time range and theme, the list
// of keys, messages.

import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { projectsQuery } from '@/api/queries';
import { useKeyList, useKeys } from '@/lib/keys';
import { chooseTheme, isDark } from '@/lib/theme';
import { RANGES, rangeLabel, timeSearch } from '@/lib/time_range';
import { Dialog } from './dialog';
import { Icon, type IconName } from './icons';
import { Menu } from './menu';
import { Toasts } from './toast';
import { Tip } from './tooltip';

export function Shell() {
  const { projectId } = useParams({ strict: false });
  const [keysShown, setKeysShown] = useState(false);
  const navigate = useNavigate();
  useKeys({
    '?': { what: 'Show this list', run: () => setKeysShown(true) },
    'g p': { what: 'Go to projects', run: () => void navigate({ to: '/projects' }) },
    'g s': { what: 'Go to settings', run: () => void navigate({ to: '/settings' }) },
    ...(projectId && {
      'g l': { what: 'Go to logs', run: () => void navigate({ to: '/projects/$projectId/logs', params: { projectId } }) },
      'g m': { what: 'Go to metrics', run: () => void navigate({ to: '/projects/$projectId/metrics', params: { projectId } }) },
    }),
  });
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Rail projectId={projectId} showKeys={() => setKeysShown(true)} />
      <header className="bar">
        <ProjectPicker projectId={projectId} />
        <span className="bar-space" />
        {projectId && <RangePicker />}
        <ThemeToggle />
      </header>
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
      {keysShown && <KeyList onClose={() => setKeysShown(false)} />}
      <Toasts />
    </div>
  );
}

function Rail({ projectId, showKeys }: { projectId: string | undefined; showKeys: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const inLogs = projectId !== undefined && !path.endsWith('/metrics');
  return (
    <nav className="rail" aria-label="Pages">
      <span className="rail-mark" aria-hidden="true">
        <svg width="20" height="20" viewBox="0 0 20 20" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round">
          <path d="M3 4.5h14M6.5 10h10.5M10 15.5h5" />
        </svg>
      </span>
      <Tip text="Projects">
        <Link to="/projects" className="rail-link" aria-label="Projects" activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
          <Icon name="projects" size={18} />
        </Link>
      </Tip>
      <ProjectLink name="Logs" icon="logs" to="/projects/$projectId/logs" projectId={projectId} current={inLogs} />
      <ProjectLink name="Metrics" icon="metrics" to="/projects/$projectId/metrics" projectId={projectId} current={path.endsWith('/metrics')} />
      <span className="rail-space" />
      <Tip text="Keys (?)">
        <button className="rail-link wide-only" aria-label="Keys" onClick={showKeys}>
          <Icon name="keyboard" size={18} />
        </button>
      </Tip>
      <Tip text="Settings">
        <Link to="/settings" className="rail-link" aria-label="Settings" activeProps={{ 'aria-current': 'page' }}>
          <Icon name="settings" size={18} />
        </Link>
      </Tip>
    </nav>
  );
}

function ProjectLink(props: { name: string; icon: IconName; to: '/projects/$projectId/logs' | '/projects/$projectId/metrics'; projectId: string | undefined; current: boolean }) {
  const range = timeSearch(useSearch({ strict: false }));
  if (props.projectId === undefined) {
    return (
      <Tip text={`${props.name}: choose a project first`}>
        <span className="rail-link" role="link" aria-disabled="true" aria-label={props.name} tabIndex={0}>
          <Icon name={props.icon} size={18} />
        </span>
      </Tip>
    );
  }
  return (
    <Tip text={props.name}>
      <Link
        to={props.to}
        params={{ projectId: props.projectId }}
        search={range}
        className="rail-link"
        aria-label={props.name}
        aria-current={props.current ? 'page' : undefined}
        activeProps={{}}
      >
        <Icon name={props.icon} size={18} />
      </Link>
    </Tip>
  );
}

function ProjectPicker({ projectId }: { projectId: string | undefined }) {
  const projects = useQuery(projectsQuery({ sort: '-last_updated_trace_at' }));
  const navigate = useNavigate();
  const onMetrics = useRouterState({ select: (state) => state.location.pathname.endsWith('/metrics') });
  const list = projects.data?.content ?? [];
  const current = list.find((project) => project.id === projectId);
  const open = (id: string) =>
    void navigate({ to: onMetrics ? '/projects/$projectId/metrics' : '/projects/$projectId/logs', params: { projectId: id } });
  return (
    <Menu
      label={`Project: ${current?.name ?? (projectId ? '…' : 'All projects')}`}
      className="button button-plain"
      filter={list.length > 8}
      button={
        <>
          <span className="one-line">{current?.name ?? (projectId ? '…' : 'All projects')}</span>
          <Icon name="down" />
        </>
      }
      items={[
        { label: 'All projects', checked: projectId === undefined, run: () => void navigate({ to: '/projects' }) },
        ...list.map((project) => ({ label: project.name, checked: project.id === projectId, run: () => open(project.id) })),
      ]}
    />
  );
}

// Sets `range` of whatever page is shown.
function RangePicker() {
  const search = timeSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const choose = (range: string | undefined) =>
    void navigate({ to: '.', search: (old: object) => ({ ...old, range, from: undefined, to: undefined }) });
  return (
    <Menu
      label={`Time range: ${rangeLabel(search)}`}
      className="button"
      align="end"
      button={
        <>
          <Icon name="clock" /> {rangeLabel(search)}
        </>
      }
      items={[
        { label: 'All time', checked: !search.range && !search.from && !search.to, run: () => choose(undefined) },
        ...RANGES.map(([range, label]) => ({ label, checked: search.range === range, run: () => choose(range) })),
      ]}
    />
  );
}

function ThemeToggle() {
  return (
    <Tip text="Light or dark">
      <button className="button button-icon" aria-label="Light or dark" onClick={() => chooseTheme(isDark() ? 'light' : 'dark')}>
        <Icon name="theme" />
      </button>
    </Tip>
  );
}

function KeyList({ onClose }: { onClose: () => void }) {
  const list = useKeyList();
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div className="dialog-body">
        <dl className="key-list">
          {[...list, ['Escape', 'Close what is open'] as [string, string]].map(([key, what]) => (
            <div key={key} style={{ display: 'contents' }}>
              <dt>
                {key.split(' ').map((one) => (
                  <kbd key={one} className="key">
                    {one}
                  </kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
