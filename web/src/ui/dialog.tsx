// A modal dialog on the browser's own <dialog>: focus stays inside, Escape and a click beside it close, focus goes back after.
//
//   {open && <Dialog title="Rename project" onClose={() => setOpen(false)}>…</Dialog>}

import { useEffect, useId, useRef, type FormEvent, type ReactNode } from 'react';
import { Icon } from './icons';

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current!.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === dialog.current && isOutside(event, dialog.current) && onClose()}
    >
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button className="button button-icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

function isOutside(at: { clientX: number; clientY: number }, dialog: HTMLElement): boolean {
  const box = dialog.getBoundingClientRect();
  return at.clientX < box.left || at.clientX > box.right || at.clientY < box.top || at.clientY > box.bottom;
}

// A dialog that asks and does: Enter does it, while it runs nothing can be pressed twice, and what went wrong is told in it.
export function FormDialog(props: {
  title: string;
  does: string; // the word on the button
  danger?: boolean;
  busy: boolean;
  error?: unknown;
  disabled?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!props.busy && !props.disabled) props.onSubmit();
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form className="dialog-body" onSubmit={submit}>
        {props.children}
        {props.error != null && (
          <p className="field-error" role="alert">
            {props.error instanceof Error ? props.error.message : String(props.error)}
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={props.onClose}>
            Cancel
          </button>
          <button className={props.danger ? 'button button-danger' : 'button button-primary'} disabled={props.busy || props.disabled}>
            {props.does}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
