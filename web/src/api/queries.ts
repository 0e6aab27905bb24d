// What pages ask for, as queries of TanStack Query. Keys begin with the resource, so that a write can say what it made stale.

import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, send } from './client';
import type { Page, Project, ProjectStats, ScoreScale, Span, Thread, Trace } from './types';

// The largest page of projects that is asked for at once.
export const PROJECTS_MAX = 1000;

// The most turns of a thread that are shown.
export const THREAD_TRACES_MAX = 1000;

export interface ProjectSearch {
  name?: string;
  sort?: string; // a field, with "-" in front for the largest first
}

const sorting = (sort: string | undefined) =>
  sort && JSON.stringify([{ field: sort.replace(/^-/, ''), direction: sort.startsWith('-') ? 'DESC' : 'ASC' }]);

export const projectsQuery = (search: ProjectSearch = {}) =>
  queryOptions({
    queryKey: ['projects', 'list', search],
    queryFn: ({ signal }) =>
      get<Page<Project>>('/v1/private/projects', { page: 1, size: PROJECTS_MAX, name: search.name, sorting: sorting(search.sort) }, signal),
    placeholderData: keepPreviousData,
  });

export const projectStatsQuery = () =>
  queryOptions({
    queryKey: ['projects', 'stats'],
    queryFn: ({ signal }) => get<Page<ProjectStats>>('/v1/private/projects/stats', { page: 1, size: PROJECTS_MAX }, signal),
    select: (page) => new Map(page.content.map((stats) => [stats.project_id, stats])),
  });

export const projectQuery = (id: string) =>
  queryOptions({ queryKey: ['projects', 'one', id], queryFn: ({ signal }) => get<Project>(`/v1/private/projects/${encodeURIComponent(id)}`, {}, signal) });

export const traceQuery = (id: string) =>
  queryOptions({ queryKey: ['traces', 'one', id], queryFn: ({ signal }) => get<Trace>(`/v1/private/traces/${encodeURIComponent(id)}`, {}, signal) });

export const spanQuery = (id: string) =>
  queryOptions({ queryKey: ['spans', 'one', id], queryFn: ({ signal }) => get<Span>(`/v1/private/spans/${encodeURIComponent(id)}`, {}, signal) });

export const threadQuery = (projectId: string, threadId: string) =>
  queryOptions({
    queryKey: ['threads', 'one', projectId, threadId],
    queryFn: ({ signal }) => send<Thread>('POST', '/v1/private/traces/threads/retrieve', { project_id: projectId, thread_id: threadId }, signal),
  });

// A thread's traces, the oldest first.
export const tracesOfThreadQuery = (projectId: string, threadId: string) =>
  queryOptions({
    queryKey: ['traces', 'of thread', projectId, threadId],
    queryFn: ({ signal }) =>
      get<Page<Trace>>(
        '/v1/private/traces',
        {
          project_id: projectId,
          page: 1,
          size: THREAD_TRACES_MAX,
          filters: JSON.stringify([{ field: 'thread_id', operator: '=', value: threadId }]),
          sorting: JSON.stringify([{ field: 'start_time', direction: 'ASC' }]),
          exclude: JSON.stringify(['metadata']),
        },
        signal,
      ),
  });

// The trace of the project that comes right after this one in its list, or right before it; nothing at the ends.
export async function neighbourOf(projectId: string, traceId: string, direction: 'older' | 'newer'): Promise<string | undefined> {
  const page = await get<Page<Trace>>('/v1/private/traces', {
    project_id: projectId,
    page: 1,
    size: 1,
    filters: JSON.stringify([{ field: 'id', operator: direction === 'older' ? '<' : '>', value: traceId }]),
    sorting: JSON.stringify([{ field: 'id', direction: direction === 'older' ? 'DESC' : 'ASC' }]),
    exclude: JSON.stringify(['input', 'output', 'metadata']),
  });
  return page.content[0]?.id;
}

// Without payloads, so that 15,000 of them are small; a span's own page of details asks for them by id.
export const spansOfTraceQuery = (projectId: string, traceId: string) =>
  queryOptions({
    queryKey: ['spans', 'of', traceId],
    queryFn: ({ signal }) =>
      get<Page<Span>>(
        '/v1/private/spans',
        { project_id: projectId, trace_id: traceId, page: 1, size: 15_000, exclude: JSON.stringify(['input', 'output', 'metadata']) },
        signal,
      ),
  });

// The scales that people score by (feedback definitions).
const SCALES_MAX = 1000;
export const scoreScalesQuery = () =>
  queryOptions({
    queryKey: ['scales', 'list'],
    queryFn: ({ signal }) => get<Page<ScoreScale>>('/v1/private/feedback-definitions', { page: 1, size: SCALES_MAX }, signal),
  });

// A write of projects; the lists are asked for again when it is done.
export function useProjectWrite<T>(write: (input: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: write, onSuccess: () => client.invalidateQueries({ queryKey: ['projects'] }) });
}

export const createProject = (project: { name: string; description?: string }) => send('POST', '/v1/private/projects', project);
export const updateProject = ({ id, ...patch }: { id: string; name?: string; description?: string }) =>
  send('PATCH', `/v1/private/projects/${id}`, patch);
export const deleteProject = (id: string) => send('DELETE', `/v1/private/projects/${id}`);
