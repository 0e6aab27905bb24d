// What the workspace has set. Nothing is set at first: then the server's own values hold.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { ApiError, get, send } from '@/api/client';
import { minutesOf } from '@/lib/format';
import { Failed, Loading } from '@/ui/states';
import { toast, toastError } from '@/ui/toast';

interface Configuration {
  timeout_to_mark_thread_as_inactive?: string; // ISO 8601
  truncation_on_tables?: boolean;
  color_map?: Record<string, string>;
}
const PATH = '/v1/private/workspaces/configurations';
const TIMEOUT_MINUTES = 15; // the server's own
const TIMEOUT_MINUTES_MAX = 7 * 24 * 60;

async function load(signal: AbortSignal): Promise<Configuration> {
  try {
    return await get<Configuration>(PATH, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return {};
    throw error;
  }
}

export function WorkspaceSettings() {
  const configuration = useQuery({ queryKey: ['workspace'], queryFn: ({ signal }) => load(signal) });
  if (configuration.isPending) return <Loading what="the workspace" />;
  if (configuration.error) return <Failed what="workspace" error={configuration.error} retry={() => void configuration.refetch()} />;
  return <WorkspaceForm key={configuration.dataUpdatedAt} configuration={configuration.data} />;
}

function WorkspaceForm({ configuration }: { configuration: Configuration }) {
  const client = useQueryClient();
  const before = minutesOf(configuration.timeout_to_mark_thread_as_inactive);
  const [minutes, setMinutes] = useState(String(before ?? TIMEOUT_MINUTES));
  const [truncates, setTruncates] = useState(configuration.truncation_on_tables ?? true);
  const save = useMutation({
    mutationFn: (next: Configuration | null) => (next ? send('PUT', PATH, next) : send('DELETE', PATH)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['workspace'] });
      toast('Saved the workspace');
    },
    onError: toastError,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ ...configuration, timeout_to_mark_thread_as_inactive: `PT${minutes}M`, truncation_on_tables: truncates });
  };
  return (
    <form onSubmit={submit}>
      <dl className="settings">
        <dt>
          <label htmlFor="timeout">A thread is over after</label>
        </dt>
        <dd>
          <input id="timeout" className="input settings-number" type="number" min={1} max={TIMEOUT_MINUTES_MAX} required value={minutes} onChange={(event) => setMinutes(event.target.value)} />
          <span className="soft">minutes without a new trace</span>
        </dd>
        <dt>
          <label htmlFor="truncates">Tables of Opik's own UI</label>
        </dt>
        <dd>
          <input id="truncates" type="checkbox" checked={truncates} onChange={(event) => setTruncates(event.target.checked)} />
          <span className="soft">show long inputs and outputs cut</span>
        </dd>
      </dl>
      <div className="settings-foot">
        <button className="button button-primary" disabled={save.isPending}>
          Save
        </button>
        {Object.keys(configuration).length > 0 && (
          <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate(null)}>
            Reset
          </button>
        )}
      </div>
    </form>
  );
}
