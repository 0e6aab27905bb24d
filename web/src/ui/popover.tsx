// A button and what opens under it, on the browser's own popover: Escape and a click beside it close. For forms; a list of actions
// is a Menu.
//
//   <Popover label="Add a filter" button={<Icon name="plus" />}>{(close) => <form …/>}</Popover>

import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

export function Popover(props: { label: string; button: ReactNode; className?: string; children: (close: () => void) => ReactNode }) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (!open) return;
    const from = opener.current!.getBoundingClientRect();
    const own = box.current!.getBoundingClientRect();
    box.current!.style.left = `${Math.min(Math.max(8, from.left), innerWidth - own.width - 8)}px`;
    box.current!.style.top = `${Math.min(from.bottom + 4, Math.max(8, innerHeight - own.height - 8))}px`;
    box.current!.querySelector<HTMLElement>('select, input, textarea, button')?.focus();
  }, [open]);
  return (
    <>
      <button ref={opener} type="button" className={props.className ?? 'button'} aria-label={props.label} aria-haspopup="dialog" aria-expanded={open} popoverTarget={id}>
        {props.button}
      </button>
      <div
        ref={box}
        id={id}
        className="menu popover"
        role="dialog"
        aria-label={props.label}
        popover="auto"
        onToggle={(event) => setOpen((event as unknown as { newState: string }).newState === 'open')}
      >
        {open && props.children(() => box.current!.hidePopover())}
      </div>
    </>
  );
}
