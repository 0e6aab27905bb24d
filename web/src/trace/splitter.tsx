// The line between two panes, moved by pointer or by arrows.

import { useRef, type KeyboardEvent, type PointerEvent } from 'react';

const LEAST = 25; // percent of the width
const MOST = 80;
const STEP = 4;

export function Splitter({ label, share, onChange }: { label: string; share: number; onChange: (share: number) => void }) {
  const line = useRef<HTMLDivElement>(null);
  const set = (next: number) => onChange(Math.round(Math.min(MOST, Math.max(LEAST, next))));
  const onMove = (event: PointerEvent) => {
    if (!line.current!.hasPointerCapture(event.pointerId)) return;
    const box = line.current!.parentElement!.getBoundingClientRect();
    set(((event.clientX - box.left) / box.width) * 100);
  };
  const onKey = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(share + by);
  };
  return (
    <div
      ref={line}
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={share}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => {
        event.preventDefault();
        line.current!.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onMove}
      onKeyDown={onKey}
    />
  );
}
