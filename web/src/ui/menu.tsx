// A menu under a button, on the browser's own popover: Escape and a click beside it close. Arrows, Home, End and first letters move.
//
//   <Menu label="Project actions" button={<Icon name="more" />} items={[{ label: 'Rename', run: rename }]} />

import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Icon } from './icons';

export interface MenuItem {
  label: string;
  run: () => void;
  checked?: boolean; // given: the item is a choice
  danger?: boolean;
  stays?: boolean; // the menu stays open after it: for several choices
}

export function Menu(props: { label: string; button: ReactNode; items: MenuItem[]; className?: string; filter?: boolean; align?: 'start' | 'end' }) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const shown = props.items.filter((item) => item.label.toLowerCase().includes(wanted.toLowerCase()));

  const items = () => [...menu.current!.querySelectorAll<HTMLElement>('.menu-item')];
  const toggled = (isOpen: boolean) => {
    setOpen(isOpen);
    setWanted('');
  };
  // When the items are there: before, the menu has no size.
  useLayoutEffect(() => {
    if (!open) return;
    const from = opener.current!.getBoundingClientRect();
    const own = menu.current!.getBoundingClientRect();
    const left = props.align === 'end' ? from.right - own.width : from.left;
    menu.current!.style.left = `${Math.min(Math.max(8, left), innerWidth - own.width - 8)}px`;
    menu.current!.style.top = `${from.bottom + 4 + own.height < innerHeight ? from.bottom + 4 : Math.max(8, from.top - own.height - 4)}px`;
    (menu.current!.querySelector<HTMLElement>('.menu-filter') ?? items()[0])?.focus();
  }, [open, props.align]);
  const onKey = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };

  return (
    <>
      <button
        ref={opener}
        className={props.className ?? 'button button-icon'}
        aria-label={props.label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
      >
        {props.button}
      </button>
      <div
        ref={menu}
        id={id}
        className="menu"
        popover="auto"
        onToggle={(event) => toggled((event as unknown as { newState: string }).newState === 'open')}
        onKeyDown={onKey}
      >
        {props.filter && open && (
          <input className="input menu-filter" type="search" placeholder="Find…" aria-label={`Find in ${props.label}`} value={wanted} onChange={(event) => setWanted(event.target.value)} />
        )}
        <div role="menu" aria-label={props.label}>
          {open &&
            shown.map((item) => (
              <button
                key={item.label}
                role={item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
                aria-checked={item.checked}
                className={item.danger ? 'menu-item menu-item-danger' : 'menu-item'}
                onClick={() => {
                  if (!item.stays) menu.current!.hidePopover();
                  item.run();
                }}
              >
                {item.checked !== undefined && <span className="menu-check">{item.checked && <Icon name="check" />}</span>}
                <span className="one-line">{item.label}</span>
              </button>
            ))}
        </div>
      </div>
    </>
  );
}
