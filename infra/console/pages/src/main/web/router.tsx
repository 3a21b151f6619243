import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

/** Path and query of the page that is shown. */
export const place = signal(here());

function here(): { path: string; search: URLSearchParams } {
  return { path: location.pathname, search: new URLSearchParams(location.search) };
}

export function go(to: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  place.value = here();
  if (!replace) {
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }
}

window.addEventListener('popstate', () => (place.value = here()));

/** A parameter of the query, kept in the address so that a page can be sent to somebody. */
export function setParameter(name: string, value: string): void {
  const search = new URLSearchParams(location.search);
  if (value) search.set(name, value);
  else search.delete(name);
  const text = search.toString();
  go(location.pathname + (text ? `?${text}` : ''), true);
}

export function Link(props: { to: string; class?: string; current?: boolean; children: ComponentChildren; title?: string }) {
  return (
    <a
      href={props.to}
      class={props.class}
      title={props.title}
      aria-current={props.current ? 'page' : undefined}
      onClick={(event) => {
        if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(props.to);
      }}
    >
      {props.children}
    </a>
  );
}

export const groupPath = (group: string, ...more: string[]): string =>
  `/groups/${[group, ...more].map(encodeURIComponent).join('/')}`;
