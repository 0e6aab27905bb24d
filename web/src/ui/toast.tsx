// Short words about what was done, at the lower right. Good news leaves by itself; bad news stays until it is closed.
//
//   toast('Project deleted');      toastError(error);

import { useSyncExternalStore } from 'react';
import { Icon } from './icons';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}
const SHOWN_MS = 5000;
const AT_ONCE_MAX = 4;

let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(changed: Toast[]) {
  toasts = changed;
  listeners.forEach((tell) => tell());
}
const close = (id: number) => set(toasts.filter((one) => one.id !== id));

export function toast(text: string, bad = false) {
  const id = next++;
  set([...toasts, { id, text, bad }].slice(-AT_ONCE_MAX));
  if (!bad) setTimeout(() => close(id), SHOWN_MS);
}
export const toastError = (error: unknown) => toast(error instanceof Error ? error.message : String(error), true);

export function Toasts() {
  const shown = useSyncExternalStore((tell) => (listeners.add(tell), () => listeners.delete(tell)), () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={one.bad ? 'toast toast-bad' : 'toast'}>
          <span className="toast-text">{one.text}</span>
          <button className="button button-icon" aria-label="Close message" onClick={() => close(one.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
