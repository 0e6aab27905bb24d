// A text that shows when its subject is pointed at or has the focus; Escape hides it.
//
//   <Tip text="29 Nov 2026, 22:55:08.123"><time>5 m ago</time></Tip>

import { cloneElement, useEffect, useId, useLayoutEffect, useRef, useState, type HTMLAttributes, type ReactElement } from 'react';
import { createPortal } from 'react-dom';

const DELAY_MS = 350;
const EDGE = 8;

export function Tip({ text, children }: { text: string; children: ReactElement<HTMLAttributes<HTMLElement>> }) {
  const id = useId();
  const [subject, setSubject] = useState<HTMLElement | null>(null);
  const timer = useRef(0);
  const hide = () => {
    clearTimeout(timer.current);
    setSubject(null);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!subject) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && setSubject(null);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [subject]);
  if (text === '') return children;
  return (
    <>
      {cloneElement(children, {
        'aria-describedby': subject ? id : undefined,
        onPointerEnter: (event) => {
          const target = event.currentTarget;
          timer.current = window.setTimeout(() => setSubject(target), DELAY_MS);
        },
        onPointerLeave: hide,
        onPointerDown: hide,
        onFocus: (event) => event.currentTarget.matches(':focus-visible') && setSubject(event.currentTarget),
        onBlur: hide,
      })}
      {subject && <Bubble id={id} text={text} subject={subject} />}
    </>
  );
}

function Bubble({ id, text, subject }: { id: string; text: string; subject: HTMLElement }) {
  const bubble = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const of = subject.getBoundingClientRect();
    const own = bubble.current!.getBoundingClientRect();
    const left = Math.min(Math.max(EDGE, of.left + of.width / 2 - own.width / 2), innerWidth - own.width - EDGE);
    const below = of.bottom + 6;
    const top = below + own.height + EDGE < innerHeight ? below : of.top - own.height - 6;
    bubble.current!.style.left = `${left}px`;
    bubble.current!.style.top = `${top}px`;
  }, [subject, text]);
  return createPortal(
    <div ref={bubble} id={id} role="tooltip" className="tip">
      {text}
    </div>,
    subject.closest('dialog') ?? document.body,
  );
}
