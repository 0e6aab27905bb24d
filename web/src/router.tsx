// Which page is where. Each page is a file of its own that is loaded when it is first shown; its search parameters are its state.

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { Shell } from '@/ui/shell';
import { Empty, Failed, Loading } from '@/ui/states';
import { logsSearch } from '@/pages/logs_search';
import { metricsSearch } from '@/pages/metrics/search';
import { settingsSearch } from '@/pages/settings/search';

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Shell,
  notFoundComponent: () => (
    <Empty title="There is no such page" icon="search">
      The address may be mistyped, or the page of a newer version.
    </Empty>
  ),
});

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/projects', replace: true });
  },
});

const projects = createRoute({
  getParentRoute: () => root,
  path: '/projects',
  validateSearch: (search: Record<string, unknown>): { name?: string; sort?: string } => ({ name: text(search.name), sort: text(search.sort) }),
  component: lazyRouteComponent(() => import('@/pages/projects')),
});

const logs = createRoute({
  getParentRoute: () => root,
  path: '/projects/$projectId/logs',
  validateSearch: logsSearch,
  component: lazyRouteComponent(() => import('@/pages/logs')),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: '/projects/$projectId/traces/$traceId',
  validateSearch: (search: Record<string, unknown>): { span?: string } => ({ span: text(search.span) }),
  component: lazyRouteComponent(() => import('@/pages/trace')),
});

const thread = createRoute({
  getParentRoute: () => root,
  // An application may call a thread anything, with slashes too: its name is no part of a path.
  path: '/projects/$projectId/thread',
  validateSearch: (search: Record<string, unknown>): { id: string } => ({ id: search.id === undefined ? '' : typeof search.id === 'string' ? search.id : JSON.stringify(search.id) }),
  component: lazyRouteComponent(() => import('@/pages/thread')),
});

const metrics = createRoute({
  getParentRoute: () => root,
  path: '/projects/$projectId/metrics',
  validateSearch: metricsSearch,
  component: lazyRouteComponent(() => import('@/pages/metrics')),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('@/pages/settings')),
});

// Where the links that SDKs print end up (GET /v1/session/redirect/projects), and the addresses of the official UI.
const linked = createRoute({
  getParentRoute: () => root,
  path: '/$workspace/projects/$projectId/$',
  validateSearch: (search: Record<string, unknown>): { trace?: string } => ({ trace: text(search.trace) }),
  beforeLoad: ({ params: { projectId }, search: { trace: traceId } }) => {
    if (traceId) throw redirect({ to: '/projects/$projectId/traces/$traceId', params: { projectId, traceId }, replace: true });
    throw redirect({ to: '/projects/$projectId/logs', params: { projectId }, replace: true });
  },
});

export const makeRouter = (client: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([index, projects, logs, trace, thread, metrics, settings, linked]),
    context: { client },
    defaultPreload: 'intent',
    defaultPendingComponent: () => <Loading what="the page" />,
    defaultErrorComponent: ({ error, reset }) => <Failed what="page" error={error} retry={reset} />,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
