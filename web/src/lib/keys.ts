// Keys of the page. A component says which key does what while it is shown; `?` lists them all.
//
//   useKeys({ j: { what: 'Next trace', run: next }, k: { what: 'Previous trace', run: previous } });
//
// A key is what KeyboardEvent.key says; "g p" is g and then p within a second. Nothing happens while somebody types into a field,
// while a dialog or a menu is open, or with Ctrl, Alt or Meta.

import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface KeyAction {
  what: string;
  run: () => void;
}
export type KeyMap = Record<string, KeyAction>;

const maps: { current: KeyMap }[] = [];
const listeners = new Set<() => void>();
let listed: [string, string][] = [];
let first: { key: string; at: number } | null = null;

function relist() {
  listed = [...new Map(maps.flatMap((map) => Object.entries(map.current).map(([key, action]) => [key, action.what] as const)))];
  listeners.forEach((tell) => tell());
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'radio';
  return target instanceof HTMLElement && (target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName));
}

function actionOf(key: string): KeyAction | undefined {
  return maps.findLast((map) => map.current[key] !== undefined)?.current[key];
}

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  if (document.querySelector('dialog[open], [popover]:popover-open')) return;
  const pair = first && event.timeStamp - first.at < 1000 ? actionOf(`${first.key} ${event.key}`) : undefined;
  const action = pair ?? actionOf(event.key);
  first = pair ? null : { key: event.key, at: event.timeStamp };
  if (!action) return;
  event.preventDefault();
  action.run();
}

export function useKeys(map: KeyMap) {
  const latest = useRef(map);
  latest.current = map;
  const names = Object.entries(map).map(([key, action]) => `${key}=${action.what}`).join('\n');
  useEffect(() => {
    if (maps.length === 0) document.addEventListener('keydown', onKey);
    maps.push(latest);
    relist();
    return () => {
      maps.splice(maps.indexOf(latest), 1);
      if (maps.length === 0) document.removeEventListener('keydown', onKey);
      relist();
    };
  }, [names]);
}

export function useKeyList(): [string, string][] {
  return useSyncExternalStore((tell) => (listeners.add(tell), () => listeners.delete(tell)), () => listed);
}
