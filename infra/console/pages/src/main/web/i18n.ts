import { signal } from '@preact/signals';

export type Language = 'en' | 'zh';

const KEY = 'tricolor.language';

/** The language that is shown; texts are read again when it changes. */
export const language = signal<Language>('en');

let chinese: Record<string, string> = {};

/**
 * The text in the language of the reader. The English one is the key; {name} stands for the arguments, in their order.
 */
export function t(text: string, ...values: (string | number)[]): string {
  const told = language.value === 'zh' ? (chinese[text] ?? text) : text;
  if (!values.length) return told;
  // Arguments are numbered by the English text, so that another language may turn them round.
  const names = [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]);
  return told.replace(/\{\w+\}/g, (name) => {
    const value = values[names.indexOf(name)];
    return value === undefined ? name : String(value);
  });
}

export async function speak(wanted: Language, remember = true): Promise<void> {
  if (wanted === 'zh' && !Object.keys(chinese).length) chinese = (await import('./zh')).default;
  language.value = wanted;
  document.documentElement.lang = wanted === 'zh' ? 'zh-CN' : 'en';
  if (remember) keep(KEY, wanted);
}

export function preferred(): Language {
  const kept = recall(KEY);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** What is kept in the browser; a browser that keeps nothing is none the worse. */
export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // private mode
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
