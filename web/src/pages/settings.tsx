// The server and this browser: versions, theme.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { get } from '@/api/client';
import { chooseTheme, theme, type Theme } from '@/lib/theme';
import { useTitle } from '@/lib/title';
import { Failed } from '@/ui/states';
import './settings.css';

const THEMES: [Theme, string][] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export default function SettingsPage() {
  useTitle('Settings');
  const version = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => get<{ version: string }>('/is-alive/ver', {}, signal) });
  const [chosen, setChosen] = useState(theme());
  useEffect(() => {
    const read = () => setChosen(theme());
    window.addEventListener('opik-theme', read);
    return () => window.removeEventListener('opik-theme', read);
  }, []);
  if (version.error) return <Failed what="settings" error={version.error} retry={() => void version.refetch()} />;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Settings</h1>
      </div>
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
        <dt>Version of the API</dt>
        <dd>{version.data?.version ?? '…'}</dd>
        <dt>Address of the API</dt>
        <dd>
          <code>{`${location.origin}/api`}</code>
        </dd>
      </dl>
    </div>
  );
}
