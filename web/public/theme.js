// Before anything is painted: the theme that was chosen, if one was. A file of its own because the page allows no inline script.
try {
  const chosen = localStorage.getItem('opik.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // no storage: the system's theme
}
