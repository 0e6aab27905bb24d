// What a browser remembers between visits: layouts, last choices. Never needed: without storage the default is used.

import { useCallback, useState } from 'react';

function read<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`opik.${key}`);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function useStored<T>(key: string, fallback: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => read(key, fallback));
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(`opik.${key}`, JSON.stringify(next));
      } catch {
        // full or forbidden: for this visit only
      }
    },
    [key],
  );
  return [value, store];
}
