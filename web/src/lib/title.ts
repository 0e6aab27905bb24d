// The title of the browser's tab: "Checkout · Opik".

import { useEffect } from 'react';

export function useTitle(title: string | undefined) {
  useEffect(() => {
    document.title = title ? `${title} · Opik` : 'Opik';
  }, [title]);
}
