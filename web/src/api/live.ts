// Live tail: what is written to a project, as the server sends it (server-sent events). The browser reconnects by itself.
//
//   const state = useLive(projectId, live, { changed: (trace) => …, reload: () => … });
//
// `reload` is told when something may have been missed, and once at the beginning.

import { useEffect, useRef, useState } from 'react';
import { url } from './client';

export type LiveState = 'off' | 'connecting' | 'open' | 'broken';

export interface TraceChange {
  id: string;
  what: 'created' | 'updated' | 'deleted';
  name?: string;
  start_time?: string;
  end_time?: string;
  changed?: string[];
}
export interface LiveListener {
  changed: (change: TraceChange) => void;
  reload: () => void;
}

export function useLive(projectId: string, on: boolean, listener: LiveListener): LiveState {
  const [state, setState] = useState<LiveState>('off');
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (!on) {
      setState('off');
      return;
    }
    setState('connecting');
    const source = new EventSource(url('/v1/private/traces/live', { project: projectId }));
    source.onopen = () => setState('open');
    source.onerror = () => setState(source.readyState === EventSource.CLOSED ? 'broken' : 'connecting');
    const reload = () => latest.current.reload();
    source.addEventListener('ready', reload);
    source.addEventListener('reload', reload);
    source.addEventListener('trace', (event: MessageEvent<string>) => latest.current.changed(JSON.parse(event.data) as TraceChange));
    return () => source.close();
  }, [projectId, on]);
  return state;
}
