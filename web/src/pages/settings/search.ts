export const SETTINGS_TABS = ['server', 'connect', 'scores', 'workspace', 'browser'] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

export const settingsSearch = (search: Record<string, unknown>): { tab?: SettingsTab } => ({ tab: SETTINGS_TABS.find((one) => one === search.tab) });
