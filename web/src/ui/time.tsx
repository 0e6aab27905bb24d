// A time as distance from now, with the exact one on hover. All of them tick together.

import { useSyncExternalStore } from 'react';
import { ago, exact, NOTHING } from '@/lib/format';
import { Tip } from './tooltip';

const TICK_MS = 5000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer = 0;

function subscribe(tell: () => void) {
  if (listeners.size === 0) {
    timer = window.setInterval(() => {
      now = Date.now();
      listeners.forEach((listener) => listener());
    }, TICK_MS);
  }
  listeners.add(tell);
  return () => {
    listeners.delete(tell);
    if (listeners.size === 0) clearInterval(timer);
  };
}

export function Time({ at }: { at: string | undefined }) {
  const text = useSyncExternalStore(subscribe, () => ago(at, Math.max(now, at ? Math.min(Date.parse(at), Date.now()) : 0)));
  if (!at) return <span className="faint">{NOTHING}</span>;
  return (
    <Tip text={exact(at)}>
      <time dateTime={at}>{text}</time>
    </Tip>
  );
}
