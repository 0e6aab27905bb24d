// All projects: how much, how recent, how dear, how often wrong, how slow; make, rename and delete them.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { createProject, deleteProject, projectsQuery, projectStatsQuery, updateProject, useProjectWrite } from '@/api/queries';
import type { Project, ProjectStats } from '@/api/types';
import { cost, count, duration, NOTHING, percent } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { useTitle } from '@/lib/title';
import { FormDialog } from '@/ui/dialog';
import { Icon } from '@/ui/icons';
import { Menu } from '@/ui/menu';
import { SearchBox } from '@/ui/search_box';
import { Empty, Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { toast } from '@/ui/toast';
import { Tip } from '@/ui/tooltip';
import './projects.css';

const Newcomer = lazy(() => import('@/example/newcomer'));
const route = getRouteApi('/projects');
const NAME_LENGTH_MAX = 150;

type Doing = { what: 'create' } | { what: 'rename' | 'delete'; project: Project };
interface Row {
  project: Project;
  stats: ProjectStats | undefined;
}

// What each column sorts by; nothing known comes last.
const columns: { id: string; title: string; number?: boolean; wide?: boolean; value: (row: Row) => number | string | undefined }[] = [
  { id: 'name', title: 'Name', value: ({ project }) => project.name.toLowerCase() },
  { id: 'traces', title: 'Traces', number: true, value: ({ stats }) => stats?.trace_count },
  { id: 'threads', title: 'Threads', number: true, wide: true, value: ({ stats }) => stats?.thread_count },
  { id: 'errors', title: 'Errors', number: true, value: ({ stats }) => errorRate(stats) },
  { id: 'duration', title: 'Duration p50', number: true, wide: true, value: ({ stats }) => stats?.duration?.p50 },
  { id: 'slow', title: 'p99', number: true, wide: true, value: ({ stats }) => stats?.duration?.p99 },
  { id: 'tokens', title: 'Tokens per trace', number: true, wide: true, value: ({ stats }) => stats?.usage?.total_tokens },
  { id: 'cost', title: 'Cost', number: true, wide: true, value: ({ stats }) => stats?.total_estimated_cost_sum },
  { id: 'last', title: 'Last activity', wide: true, value: ({ project }) => project.last_updated_trace_at },
];

function errorRate(stats: ProjectStats | undefined): number | undefined {
  return stats?.trace_count ? (stats.error_count?.count ?? 0) / stats.trace_count : undefined;
}

function sorted(rows: Row[], sort: string): Row[] {
  const column = columns.find((one) => one.id === sort.replace(/^-/, ''));
  if (!column) return rows;
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === undefined || right === undefined) return (left === undefined ? 1 : 0) - (right === undefined ? 1 : 0);
    return left < right ? -sign : left > right ? sign : 0;
  });
}

export default function ProjectsPage() {
  useTitle('Projects');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const projects = useQuery(projectsQuery({ name: search.name }));
  const stats = useQuery(projectStatsQuery());
  const [doing, setDoing] = useState<Doing | null>(null);
  useKeys({ n: { what: 'New project', run: () => setDoing({ what: 'create' }) } });
  const close = () => setDoing(null);

  const sort = search.sort ?? '-last';
  const rows = sorted(
    (projects.data?.content ?? []).map((project) => ({ project, stats: stats.data?.get(project.id) })),
    sort,
  );
  const newProject = (
    <button className="button button-primary" onClick={() => setDoing({ what: 'create' })}>
      <Icon name="plus" /> New project
    </button>
  );

  return (
    <div className="page">
      <div className="page-head">
        <h1>
          Projects {projects.data && <span className="faint projects-total">{count(projects.data.total)}</span>}
        </h1>
        <SearchBox label="Find projects" value={search.name ?? ''} onChange={(name) => void navigate({ search: { ...search, name: name || undefined }, replace: true })} />
        {newProject}
      </div>
      {projects.isPending ? (
        <Loading what="projects" />
      ) : projects.error ? (
        <Failed what="projects" error={projects.error} retry={() => void projects.refetch()} />
      ) : rows.length === 0 && search.name ? (
        <Empty title={`No project has “${search.name}” in its name`} icon="search">
          Names are compared without regard to case.
        </Empty>
      ) : rows.length === 0 ? (
        <Empty title="No projects yet" action={newProject}>
          A project appears with the first trace that names it. Point your application at this server, or make an empty project now.
        </Empty>
      ) : (
        <>
          {!search.name && rows.every(({ project }) => project.last_updated_trace_at === undefined) && (
            <Suspense fallback={<Loading what="the first steps" />}>
              <Newcomer />
            </Suspense>
          )}
          <ProjectTable rows={rows} sort={sort} onSort={(next) => void navigate({ search: { ...search, sort: next } })} waiting={stats.isPending} act={setDoing} />
        </>
      )}
      {doing?.what === 'create' && <CreateDialog onClose={close} />}
      {doing?.what === 'rename' && <RenameDialog project={doing.project} onClose={close} />}
      {doing?.what === 'delete' && <DeleteDialog project={doing.project} stats={stats.data?.get(doing.project.id)} onClose={close} />}
    </div>
  );
}

function ProjectTable({ rows, sort, onSort, waiting, act }: { rows: Row[]; sort: string; onSort: (sort: string) => void; waiting: boolean; act: (doing: Doing) => void }) {
  return (
    <table className="table projects">
      <thead>
        <tr>
          {columns.map((column) => {
            const direction = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : undefined;
            return (
              <th key={column.id} scope="col" aria-sort={direction} className={`${column.number ? 'number' : ''} ${column.wide ? 'wide-only' : ''}`}>
                <button className="sort" onClick={() => onSort(direction === 'descending' || (!direction && column.id === 'name') ? column.id : `-${column.id}`)}>
                  {column.title}
                  {direction && <Icon name={direction === 'ascending' ? 'up' : 'down'} size={12} />}
                </button>
              </th>
            );
          })}
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <ProjectRow key={row.project.id} row={row} waiting={waiting} act={act} />
        ))}
      </tbody>
    </table>
  );
}

function ProjectRow({ row: { project, stats }, waiting, act }: { row: Row; waiting: boolean; act: (doing: Doing) => void }) {
  const rate = errorRate(stats);
  const figure = (text: string) => (waiting ? <span className="faint">…</span> : text === NOTHING ? <span className="faint">{text}</span> : text);
  return (
    <tr>
      <th scope="row" className="projects-name">
        <Link to="/projects/$projectId/logs" params={{ projectId: project.id }} className="one-line" title={project.description}>
          {project.name}
        </Link>
        <span className="narrow-only projects-last">
          <Time at={project.last_updated_trace_at} />
        </span>
      </th>
      <td className="number">{figure(count(stats?.trace_count))}</td>
      <td className="number wide-only">{figure(count(stats?.thread_count))}</td>
      <td className="number">
        {rate ? (
          <Tip text={`${count(stats?.error_count?.count)} of ${count(stats?.trace_count)} traces ended in an error`}>
            <span className="badge bad">
              <Icon name="warning" size={12} />
              {percent(rate)}
            </span>
          </Tip>
        ) : (
          figure(percent(rate))
        )}
      </td>
      <td className="number wide-only">{figure(duration(stats?.duration?.p50))}</td>
      <td className="number wide-only">{figure(duration(stats?.duration?.p99))}</td>
      <td className="number wide-only">{figure(count(stats?.usage?.total_tokens))}</td>
      <td className="number wide-only">{figure(stats?.trace_count ? cost(stats.total_estimated_cost_sum) : NOTHING)}</td>
      <td className="wide-only">
        <Time at={project.last_updated_trace_at} />
      </td>
      <td className="projects-actions">
        <Menu
          label={`Actions for ${project.name}`}
          align="end"
          button={<Icon name="more" />}
          items={[
            { label: 'Rename…', run: () => act({ what: 'rename', project }) },
            { label: 'Delete…', danger: true, run: () => act({ what: 'delete', project }) },
          ]}
        />
      </td>
    </tr>
  );
}

function NameFields(props: { name: string; setName: (name: string) => void; description: string; setDescription: (text: string) => void }) {
  return (
    <>
      <label className="field">
        <span className="field-label">Name</span>
        <input className="input" value={props.name} maxLength={NAME_LENGTH_MAX} autoFocus required onChange={(event) => props.setName(event.target.value)} />
      </label>
      <label className="field">
        <span className="field-label">Description</span>
        <textarea className="input" rows={2} value={props.description} onChange={(event) => props.setDescription(event.target.value)} />
      </label>
    </>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useProjectWrite(createProject);
  const submit = () =>
    create.mutate({ name: name.trim(), description: description.trim() || undefined }, { onSuccess: () => (toast(`Made project ${name.trim()}`), onClose()) });
  return (
    <FormDialog title="New project" does="Create" busy={create.isPending} error={create.error} disabled={name.trim() === ''} onSubmit={submit} onClose={onClose}>
      <NameFields {...{ name, setName, description, setDescription }} />
    </FormDialog>
  );
}

function RenameDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description ?? '');
  const update = useProjectWrite(updateProject);
  const submit = () => update.mutate({ id: project.id, name: name.trim(), description: description.trim() }, { onSuccess: () => (toast(`Renamed to ${name.trim()}`), onClose()) });
  return (
    <FormDialog title="Rename project" does="Rename" busy={update.isPending} error={update.error} disabled={name.trim() === ''} onSubmit={submit} onClose={onClose}>
      <NameFields {...{ name, setName, description, setDescription }} />
    </FormDialog>
  );
}

function DeleteDialog({ project, stats, onClose }: { project: Project; stats: ProjectStats | undefined; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const remove = useProjectWrite(deleteProject);
  const submit = () => remove.mutate(project.id, { onSuccess: () => (toast(`Deleted project ${project.name}`), onClose()) });
  return (
    <FormDialog title="Delete project" does="Delete" danger busy={remove.isPending} error={remove.error} disabled={typed !== project.name} onSubmit={submit} onClose={onClose}>
      <p>
        The project and its {stats?.trace_count ? `${count(stats.trace_count)} traces` : 'traces'} will be gone for good. Type <b>{project.name}</b> to confirm.
      </p>
      <label className="field">
        <span className="field-label">Name of the project</span>
        <input className="input" value={typed} autoFocus autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
      </label>
    </FormDialog>
  );
}
