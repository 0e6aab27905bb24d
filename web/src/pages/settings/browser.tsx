// What is kept in this browser alone.

import { useEffect, useState } from 'react';
import { chooseTheme, theme, type Theme } from '@/lib/theme';
import { toast } from '@/ui/toast';

const THEMES: [Theme, string][] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

// Columns, widths and last choices (lib/storage).
function forgetLayouts() {
  for (const key of Object.keys(localStorage)) if (key.startsWith('opik.') && key !== 'opik.theme') localStorage.removeItem(key);
  toast('Layouts are as at first');
}

export function BrowserSettings() {
  const [chosen, setChosen] = useState(theme());
  useEffect(() => {
    const read = () => setChosen(theme());
    window.addEventListener('opik-theme', read);
    return () => window.removeEventListener('opik-theme', read);
  }, []);
  return (
    <dl className="settings">
      <dt>Theme</dt>
      <dd>
        <select className="input" aria-label="Theme" value={chosen} onChange={(event) => chooseTheme(event.target.value as Theme)}>
          {THEMES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </dd>
      <dt>Columns and other layouts</dt>
      <dd>
        <button className="button" onClick={forgetLayouts}>
          Reset
        </button>
      </dd>
    </dl>
  );
}
