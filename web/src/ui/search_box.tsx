// The search field of a page. It has its own text while somebody types and tells it a moment later, so that a page does not ask
// the server for every letter. `/` focuses it, Escape empties it.

import { useEffect, useRef, useState } from 'react';
import { useKeys } from '@/lib/keys';
import { Icon } from './icons';

const PAUSE_MS = 200;

export function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useKeys({ '/': { what: label, run: () => input.current?.focus() } });
  const change = (next: string, pause: number) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onChange(next), pause);
  };
  return (
    <label className="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => change(event.target.value, PAUSE_MS)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change(text, 0);
          if (event.key !== 'Escape') return;
          if (text === '') input.current?.blur();
          else change('', 0);
        }}
      />
      <kbd className="key wide-only">/</kbd>
    </label>
  );
}
