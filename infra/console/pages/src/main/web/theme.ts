import { signal } from '@preact/signals';
import { keep, recall } from './i18n';

export type Theme = 'light' | 'dark';

const KEY = 'tricolor.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

export const theme = signal<Theme>('light');

function show(wanted: Theme): void {
  theme.value = wanted;
  document.documentElement.dataset['theme'] = wanted;
}

/** As the reader chose; before that as the system says, also when it changes. */
export function dress(): void {
  const chosen = recall(KEY);
  show(chosen === 'dark' || chosen === 'light' ? chosen : system.matches ? 'dark' : 'light');
  system.addEventListener('change', () => {
    if (!recall(KEY)) show(system.matches ? 'dark' : 'light');
  });
}

export function wear(wanted: Theme): void {
  keep(KEY, wanted);
  show(wanted);
}
