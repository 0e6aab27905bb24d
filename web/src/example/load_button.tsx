// Logs the example project and opens it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toastError } from '@/ui/toast';

export function LoadExampleButton() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const load = useMutation({
    mutationFn: async () => (await import('./load')).loadExample(),
    onSuccess: async (projectId) => {
      await client.invalidateQueries();
      await navigate({ to: '/projects/$projectId/logs', params: { projectId } });
    },
    onError: toastError,
  });
  return (
    <button className="button" disabled={load.isPending} onClick={() => load.mutate()}>
      {load.isPending ? 'Loading example data…' : 'Load example data'}
    </button>
  );
}
