// Line icons on a 16-px grid, drawn with the colour of the text around them.

import type { ReactNode } from 'react';

const paths = {
  projects: <path d="M2 4.5h12M2 8h12M2 11.5h7" />,
  logs: <path d="M2 3.5h5M4.5 8H12M7 12.5h7M2 3.5v0" />,
  metrics: <path d="M2 13.5h12M4 11V8m4 3V3m4 8V6" />,
  settings: <path d="M2 4.5h6m4 0h2M2 11.5h2m4 0h6M10 2.5v4M6 9.5v4" />,
  search: <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14" />,
  close: <path d="m3.5 3.5 9 9m0-9-9 9" />,
  down: <path d="m4 6 4 4 4-4" />,
  up: <path d="m4 10 4-4 4 4" />,
  check: <path d="m3 8.5 3.2 3.2L13 5" />,
  more: <path d="M3.5 8h0M8 8h0m4.5 0h0" strokeWidth="2.2" />,
  plus: <path d="M8 3v10M3 8h10" />,
  copy: <path d="M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9v3.2l2 1.3" />,
  theme: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-12v12m0-9h5.2M8 8h6m-6 3h5.2" />,
  keyboard: <path d="M1.5 4h13v8h-13zM4 6.5h0M6.6 6.5h0M9.3 6.5h0M12 6.5h0M5 9.5h6" />,
  columns: <path d="M2 3h12v10H2zM6 3v10m4-10v10" />,
  warning: <path d="M8 2 1.5 13.5h13ZM8 6.5v3m0 2v0" />,
  refresh: <path d="M13.5 8A5.5 5.5 0 1 1 12 4.2M13.5 2v3h-3" />,
  download: <path d="M8 2v8m-3.5-3L8 10.5 11.5 7M2.5 13.5h11" />,
  live: <path d="M8 9.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4ZM4.8 11.2a4.5 4.5 0 0 1 0-6.4m6.4 0a4.5 4.5 0 0 1 0 6.4M2.7 13.3a7.5 7.5 0 0 1 0-10.6m10.6 0a7.5 7.5 0 0 1 0 10.6" />,
  tag: <path d="M2.5 2.5h5l6 6-5 5-6-6ZM5.2 5.2h0" />,
  star: <path d="m8 2 1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5Z" />,
  trash: <path d="M2.5 4.5h11m-7-2h3M4 4.5l.6 9h6.8l.6-9M6.7 7v4m2.6-4v4" />,
  filter: <path d="M2 3.5h12L9.5 8.8v4.4l-3-1.5V8.8Z" />,
  inbox: <path d="M2 9.5 4 3h8l2 6.5v3.5H2Zm0 0h3.5l1 1.5h3l1-1.5H14" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}
