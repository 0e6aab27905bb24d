// Settings: how the server does, how an application is connected to it, the scales of scores, what the workspace has set, and this
// browser.

import { getRouteApi, Link } from '@tanstack/react-router';
import { useTitle } from '@/lib/title';
import { LoadExampleButton } from '@/example/load_button';
import { Connect } from '@/ui/connect';
import { BrowserSettings } from './settings/browser';
import { ScoreScales } from './settings/scores';
import { ServerHealth } from './settings/server';
import { SETTINGS_TABS, type SettingsTab } from './settings/search';
import { WorkspaceSettings } from './settings/workspace';
import './settings.css';

const route = getRouteApi('/settings');
const NAMES: Record<SettingsTab, string> = { server: 'Server', connect: 'Connect', scores: 'Scores', workspace: 'Workspace', browser: 'Browser' };

export default function SettingsPage() {
  const { tab = 'server' } = route.useSearch();
  useTitle(`${NAMES[tab]} · Settings`);
  return (
    <div className="page">
      <h1 className="visually-hidden">Settings: {NAMES[tab]}</h1>
      <nav className="tabs settings-tabs" aria-label="Settings">
        {SETTINGS_TABS.map((one) => (
          <Link key={one} from="/settings" to="." search={{ tab: one }} className="tab" aria-current={one === tab ? 'page' : undefined} activeProps={{}}>
            {NAMES[one]}
          </Link>
        ))}
      </nav>
      {tab === 'server' && <ServerHealth />}
      {tab === 'connect' && (
        <section className="settings-section" aria-labelledby="connect">
          <h2 id="connect">Connect your app</h2>
          <p className="soft">This server speaks the API of Opik 2: the official SDKs, this project's C++ SDK and OpenTelemetry log to it. No key is needed.</p>
          <Connect />
          <p className="soft">
            Only looking around? <LoadExampleButton />
          </p>
        </section>
      )}
      {tab === 'scores' && <ScoreScales />}
      {tab === 'workspace' && <WorkspaceSettings />}
      {tab === 'browser' && <BrowserSettings />}
    </div>
  );
}
