import { signal, useSignal, useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { type Address, get, key, Problem, send, type SendOptions } from './api';
import { commandLine, curl, duration, moment } from './format';
import { t } from './i18n';
import type { Colour } from './types';

/** Seconds tick for everything that shows how long ago something was. */
export const now = signal(Date.now());
window.setInterval(() => (now.value = Date.now()), 1000);

const MARK: Record<Colour, string> = { RED: '■', YELLOW: '◆', GREEN: '●' };

/** A colour is always told by shape and word as well. */
export function Chip({ colour, children }: { colour: Colour; children?: ComponentChildren }) {
  return (
    <span class={`chip ${colour.toLowerCase()}`}>
      <span aria-hidden="true">{MARK[colour]}</span> {children ?? colour}
    </span>
  );
}

const SIGNS = { good: '✓', bad: '✕', warn: '!', wait: '…', off: '–' } as const;

export function State({ kind, children }: { kind: keyof typeof SIGNS; children: ComponentChildren }) {
  return (
    <span class={`state ${kind}`}>
      <span aria-hidden="true">{SIGNS[kind]}</span> {children}
    </span>
  );
}

export function Moment({ at }: { at: string | undefined }) {
  return at ? (
    <time dateTime={at} title={at}>
      {moment(at)}
    </time>
  ) : (
    <>–</>
  );
}

/** How long ago, by the clock of this machine; only for orientation. */
export function Ago({ at }: { at: string | number }) {
  const passed = (now.value - new Date(at).getTime()) / 1000;
  return <time dateTime={new Date(at).toISOString()}>{duration(Math.max(0, Math.floor(passed)))}</time>;
}

export function Loading({ what }: { what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> {t('Loading')} {what ?? ''}…
    </p>
  );
}

/** Said only after an answer: nothing is there. */
export function Empty({ children }: { children: ComponentChildren }) {
  return (
    <p class="empty">
      <span aria-hidden="true">∅</span> {children}
    </p>
  );
}

export function Failed({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <div class="problem" role="alert">
      <strong>{problem.code}</strong> <span>{problem.detail}</span>
      {retry && (
        <button type="button" onClick={retry}>
          {t('Try again')}
        </button>
      )}
    </div>
  );
}

export interface Resource<T> {
  data: T | undefined;
  problem: Problem | undefined;
  /** Whether an answer has come at all. */
  known: boolean;
  at: number;
}

const NOTHING: Resource<never> = { data: undefined, problem: undefined, known: false, at: 0 };

/**
 * Reads a path now, when it changes, when `again` does and every `poll` ms; the last answer stays until the next one.
 * A poll waits while the page is hidden.
 */
export function useResource<T>(
  path: Address<T> | null,
  options: { poll?: number; again?: ReadonlySignal<number> } = {},
): [Resource<T>, () => void] {
  const state = useSignal<Resource<T>>(NOTHING);
  const asked = useSignal(0);
  const shown = useRef<string | null>(null);
  const again = options.again;
  useEffect(() => {
    if (path === null) return;
    if (shown.current !== path) {
      shown.current = path;
      state.value = NOTHING;
    }
    const abort = new AbortController();
    let timer = 0;
    let isBusy = false;
    let isDue = false;
    const read = async (isBackground = true): Promise<void> => {
      window.clearTimeout(timer);
      if (isBusy) {
        isDue = true;
        return;
      }
      isBusy = true;
      try {
        const data = await get<T>(path, abort.signal, isBackground);
        state.value = { data, problem: undefined, known: true, at: Date.now() };
      } catch (problem) {
        if (abort.signal.aborted) return;
        if (!(problem instanceof Problem)) throw problem;
        // What was known stays, and the failure is told beside it.
        state.value = { ...state.peek(), problem, known: state.peek().known || problem.status !== 0 };
      }
      isBusy = false;
      if (isDue) {
        isDue = false;
        timer = window.setTimeout(() => void read(), 150);
      } else if (options.poll) {
        timer = window.setTimeout(tick, options.poll);
      }
    };
    const tick = (): void => {
      if (document.hidden) timer = window.setTimeout(tick, options.poll);
      else void read();
    };
    let isFirst = true;
    const stop = [again, asked].filter((one) => one !== undefined).map((one) =>
      one.subscribe(() => {
        if (!isFirst) void read();
      }),
    );
    isFirst = false;
    void read(false);
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      stop.forEach((end) => end());
    };
  }, [path, options.poll, again]);
  return [state.value, () => asked.value++];
}

/** Loading, failed, or what is there: three things that never look alike. */
export function Shown<T>(props: {
  of: [Resource<T>, () => void];
  what?: string;
  children: (data: T) => ComponentChildren;
}): JSX.Element {
  const [resource, retry] = props.of;
  if (resource.data === undefined) {
    return resource.problem ? <Failed problem={resource.problem} retry={retry} /> : <Loading what={props.what} />;
  }
  return (
    <>
      {resource.problem && (
        <p class="old" role="status">
          {t('As of {time}; reading it again failed: {why}', moment(resource.at), resource.problem.detail)}
        </p>
      )}
      {props.children(resource.data)}
    </>
  );
}

/** A native dialog; closed by Escape, and by a click beside it. */
export function Dialog(props: {
  title: string;
  open: Signal<boolean>;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useSignalEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (props.open.value && !element.open) element.showModal();
    if (!props.open.value && element.open) element.close();
  });
  return (
    <dialog
      ref={dialog}
      class={props.wide ? 'wide' : undefined}
      aria-labelledby={title}
      onClose={() => (props.open.value = false)}
      onMouseDown={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="dialog">
        <header>
          <h2 id={title}>{props.title}</h2>
          <button type="button" class="quiet" aria-label={t('Close')} onClick={() => (props.open.value = false)}>
            ✕
          </button>
        </header>
        {props.open.value && props.children}
      </div>
    </dialog>
  );
}

/** The same without the console: a line of the command line and one of curl. */
export function SameByHand({ words, line }: { words?: string[]; line: string }) {
  return (
    <details class="byhand">
      <summary>{t('The same from a terminal')}</summary>
      {words && <Copyable text={commandLine(['tricolor', ...words])} label={t('Command line')} />}
      <Copyable text={line} label="curl" />
    </details>
  );
}

export function Copyable({ text, label }: { text: string; label: string }) {
  const copied = useSignal(false);
  return (
    <div class="copyable">
      <span class="label">{label}</span>
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <button
        type="button"
        aria-label={`${t('Copy')} (${label})`}
        onClick={() => {
          void navigator.clipboard?.writeText(text).then(() => (copied.value = true));
        }}
      >
        {copied.value ? t('Copied') : t('Copy')}
      </button>
    </div>
  );
}

export interface Command {
  title: string;
  /** What would happen, in sentences. */
  facts: ComponentChildren;
  method: string;
  path: string;
  /** The body besides the reason. */
  body?: Record<string, unknown>;
  /** Whether the reason goes into the query and not into the body. */
  reasonInQuery?: boolean;
  words?: string[];
  options?: SendOptions;
  danger?: boolean;
  button?: string;
  /** Something to type besides the reason, for example the name of what ends. */
  confirmation?: string;
  done?: (answer: unknown) => void;
}

/** Asks for a reason, shows what happens and how to do the same by hand, and sends it once. */
export function CommandDialog({ command, open }: { command: Command; open: Signal<boolean> }) {
  return (
    <Dialog title={command.title} open={open}>
      <CommandForm command={command} close={() => (open.value = false)} />
    </Dialog>
  );
}

function CommandForm({ command, close }: { command: Command; close: () => void }) {
  const reason = useSignal('');
  const typed = useSignal('');
  const isBusy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  // One key for one intention: sending it again after a broken connection does it once.
  const idempotencyKey = useMemo(key, []);
  const why = useId();
  const name = useId();
  const text = reason.value.trim();
  const path = command.reasonInQuery ? `${command.path}?reason=${encodeURIComponent(text)}` : command.path;
  const body = command.reasonInQuery
    ? undefined
    : { ...command.body, ...(command.confirmation ? { confirmation: typed.value } : {}), reason: text };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    isBusy.value = true;
    problem.value = null;
    try {
      const answer = await send(command.method, path, body, { idempotencyKey, ...command.options });
      close();
      command.done?.(answer.body);
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    } finally {
      isBusy.value = false;
    }
  };
  const words = command.words && [...command.words, '--reason', text || t('…')];
  return (
    <form onSubmit={(event) => void submit(event)}>
      <div class="facts">{command.facts}</div>
      {command.confirmation && (
        <label for={name}>
          {t('Type {name} to confirm', command.confirmation)}
          <input id={name} autocomplete="off" value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
        </label>
      )}
      <label for={why}>
        {t('Why? The history keeps it.')}
        <input
          id={why}
          required
          autofocus
          maxLength={500}
          autocomplete="off"
          value={reason.value}
          onInput={(e) => (reason.value = e.currentTarget.value)}
        />
      </label>
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand words={words} line={curl(command.method, path, body, {})} />
      <footer>
        <button type="button" onClick={close}>
          {t('Cancel')}
        </button>
        <button
          type="submit"
          class={command.danger ? 'danger' : 'primary'}
          disabled={isBusy.value || !text || (command.confirmation !== undefined && typed.value !== command.confirmation)}
        >
          {isBusy.value ? t('Sending…') : (command.button ?? command.title)}
        </button>
      </footer>
    </form>
  );
}

/** A button that says why it cannot be pressed, to the eye and to a screen reader. */
export function Button(props: {
  children: ComponentChildren;
  onPress: () => void;
  refused?: string;
  class?: string;
}) {
  const why = useId();
  return (
    <span class="button">
      <button
        type="button"
        class={props.class}
        aria-disabled={props.refused ? 'true' : undefined}
        aria-describedby={props.refused ? why : undefined}
        title={props.refused}
        onClick={() => {
          if (!props.refused) props.onPress();
        }}
      >
        {props.children}
      </button>
      {props.refused && (
        <span id={why} class="hidden">
          {props.refused}
        </span>
      )}
    </span>
  );
}

export function Field(props: {
  label: string;
  value: Signal<string>;
  type?: string;
  hint?: string;
  required?: boolean;
  placeholder?: string;
  onChange?: (value: string) => void;
  list?: string[];
}) {
  const id = useId();
  return (
    <label for={id} class="field">
      <span>{props.label}</span>
      <input
        id={id}
        type={props.type ?? 'text'}
        required={props.required}
        placeholder={props.placeholder}
        autocomplete="off"
        list={props.list ? `${id}-list` : undefined}
        value={props.value.value}
        onInput={(event) => {
          props.value.value = event.currentTarget.value;
          props.onChange?.(event.currentTarget.value);
        }}
      />
      {props.list && (
        <datalist id={`${id}-list`}>
          {props.list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {props.hint && <small>{props.hint}</small>}
    </label>
  );
}

export function Select(props: { label: string; value: Signal<string>; options: [string, string][] }) {
  const id = useId();
  return (
    <label for={id} class="field">
      <span>{props.label}</span>
      <select id={id} value={props.value.value} onChange={(event) => (props.value.value = event.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value} selected={value === props.value.value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** One of a few; arrow keys move as in any group of radio buttons. */
export function Choice(props: { label: string; value: string; options: [string, string][]; onChoose: (v: string) => void }) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="hidden">{props.label}</legend>
      {props.options.map(([value, text]) => (
        <label key={value} class={value === props.value ? 'chosen' : undefined}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChoose(value)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

const ROW = 44;
const SPARE = 12;
const MOST_WHOLE = 150;

/**
 * A native table of which only the rows near the window are there when it is long. Rows are keyed, so one that changes
 * is patched in place.
 */
export function LongTable(props: {
  caption: string;
  head: ComponentChildren;
  columns: number;
  keys: string[];
  row: (key: string, index: number) => JSX.Element;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  const from = useSignal(0);
  const isLong = props.keys.length > MOST_WHOLE;
  const height = useSignal(window.innerHeight);
  useEffect(() => {
    if (!isLong) return;
    const place = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      height.value = window.innerHeight;
      // In steps, so that scrolling by a pixel draws nothing anew.
      from.value = Math.max(0, Math.floor(-top / ROW / 4) * 4 - SPARE);
    };
    place();
    window.addEventListener('scroll', place, { passive: true });
    window.addEventListener('resize', place);
    return () => {
      window.removeEventListener('scroll', place);
      window.removeEventListener('resize', place);
    };
  }, [isLong, props.keys.length]);
  const first = isLong ? Math.min(from.value, Math.max(0, props.keys.length - 1)) : 0;
  const last = isLong ? Math.min(props.keys.length, first + Math.ceil(height.value / ROW) + 2 * SPARE) : props.keys.length;
  const gap = (rows: number, key: string): JSX.Element | null =>
    rows > 0 ? (
      <tr key={key} aria-hidden="true" class="gap" style={{ height: `${rows * ROW}px` }}>
        <td colSpan={props.columns} />
      </tr>
    ) : null;
  return (
    <div class={isLong ? 'table long' : 'table'}>
      <table aria-rowcount={isLong ? props.keys.length + 1 : undefined}>
        <caption class="hidden">{props.caption}</caption>
        <thead>
          <tr aria-rowindex={isLong ? 1 : undefined}>{props.head}</tr>
        </thead>
        <tbody ref={body}>
          {gap(first, 'gap-before')}
          {props.keys.slice(first, last).map((one, index) => props.row(one, first + index))}
          {gap(props.keys.length - last, 'gap-after')}
        </tbody>
      </table>
    </div>
  );
}

/** A short table. */
export function Table(props: { caption: string; head: string[]; children: ComponentChildren; class?: string }) {
  return (
    <div class={`table ${props.class ?? ''}`} tabIndex={0} role="group" aria-label={props.caption}>
      <table>
        <caption class="hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.head.map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

export function Pairs({ of }: { of: Record<string, string> }) {
  return (
    <dl class="pairs">
      {Object.entries(of).map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

export const useDialog = (): Signal<boolean> => useSignal(false);
