// A button that copies a text and says so.

import { toast, toastError } from './toast';
import { Icon } from './icons';
import { Tip } from './tooltip';

export function CopyButton({ text, what }: { text: string | (() => string); what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      toast(`Copied ${what}`);
    } catch {
      toastError(new Error(`The browser did not allow copying ${what}`));
    }
  };
  return (
    <Tip text={`Copy ${what}`}>
      <button className="button button-icon" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        <Icon name="copy" />
      </button>
    </Tip>
  );
}
