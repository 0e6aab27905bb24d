// What somebody sees who has logged nothing yet: how to log the first trace, and the page goes there as soon as it is in.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { get } from '@/api/client';
import type { Page, Project } from '@/api/types';
import { Connect } from '@/ui/connect';
import { LoadExampleButton } from './load_button';

const LOOK_AGAIN_MS = 2000;

export default function Newcomer() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const latest = useQuery({
    queryKey: ['projects', 'latest'],
    queryFn: ({ signal }) => get<Page<Project>>('/v1/private/projects', { page: 1, size: 1, sorting: '[{"field":"last_updated_trace_at","direction":"DESC"}]' }, signal),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const first = latest.data?.content.find((project) => project.last_updated_trace_at !== undefined);
  useEffect(() => {
    if (!first) return;
    void client.invalidateQueries({ queryKey: ['projects'] });
    void navigate({ to: '/projects/$projectId/logs', params: { projectId: first.id } });
  }, [first, client, navigate]);
  return (
    <section className="newcomer" aria-label="Log your first trace">
      <h2>Log your first trace</h2>
      <p className="soft">Run one of these next to your program. This page opens the trace as soon as it arrives.</p>
      <Connect />
      <p className="newcomer-wait" role="status">
        <span className="newcomer-pulse" aria-hidden="true" /> Waiting for a trace…
      </p>
      <p className="soft">
        Only looking around? <LoadExampleButton />
      </p>
    </section>
  );
}
