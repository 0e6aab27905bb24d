// Light, dark or as the system says. The choice is kept in this browser; public/theme.js applies it before the first paint.

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'opik.theme';

export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function chooseTheme(chosen: Theme) {
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    if (chosen === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // no storage: for this visit only
  }
  window.dispatchEvent(new Event('opik-theme'));
}

export function isDark(): boolean {
  return theme() === 'dark' || (theme() === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
}
