// Live tail: what is written to a project, as the server sends it (server-sent events). The browser reconnects by itself.
//
//   const state = useLive(projectId, live, (event) => …);

import { useEffect, useRef, useState } from 'react';
import { url } from './client';

export type LiveState = 'off' | 'connecting' | 'open' | 'broken';

export function useLive(projectId: string, on: boolean, receive: (event: MessageEvent<string>) => void): LiveState {
  const [state, setState] = useState<LiveState>('off');
  const latest = useRef(receive);
  latest.current = receive;
  useEffect(() => {
    if (!on) {
      setState('off');
      return;
    }
    setState('connecting');
    const source = new EventSource(url('/v1/private/traces/live', { project: projectId }));
    source.onopen = () => setState('open');
    source.onerror = () => setState(source.readyState === EventSource.CLOSED ? 'broken' : 'connecting');
    source.onmessage = (event: MessageEvent<string>) => latest.current(event);
    return () => source.close();
  }, [projectId, on]);
  return state;
}
