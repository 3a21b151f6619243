import { signal } from '@preact/signals';
import type { Commands, Reads } from './openapi';
import type { Session } from './types';

/** An answer that says no, or none at all (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** undefined: not known yet; null: nobody is logged in. */
export const session = signal<Session | null | undefined>(undefined);

export interface Answer<T> {
  body: T;
  version: string | null;
}

const PATIENCE = 30_000;

async function request<T>(method: string, path: string, init: RequestInit, abort?: AbortSignal): Promise<Answer<T>> {
  const timeout = AbortSignal.timeout(PATIENCE);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, {
      ...init,
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: abort ? AbortSignal.any([abort, timeout]) : timeout,
    });
    text = await answer.text();
  } catch (failure) {
    if (abort?.aborted) throw failure;
    throw new Problem(0, 'NO_CONNECTION', timeout.aborted ? `no answer within ${PATIENCE / 1000} s` : 'no connection');
  }
  const isJson = /json/.test(answer.headers.get('Content-Type') ?? '');
  if (!answer.ok) {
    if (answer.status === 401) session.value = null;
    let told: { code?: string; detail?: string; title?: string } = {};
    try {
      if (isJson) told = JSON.parse(text) as typeof told;
    } catch {
      // an answer of something in between
    }
    throw new Problem(answer.status, told.code ?? `HTTP_${answer.status}`, told.detail ?? told.title ?? answer.statusText);
  }
  const version = answer.headers.get('ETag')?.replace(/^W\//, '').replace(/"/g, '') ?? null;
  return { body: (text && isJson ? JSON.parse(text) : text) as T, version };
}

/** What a page reads again by itself; it does not count as use of the session. */
export const BACKGROUND = { 'X-Tricolor-Background': 'true' };

export async function get<T>(path: Address<T>, abort?: AbortSignal, isBackground = false): Promise<T> {
  const headers = { Accept: 'application/json', ...(isBackground ? BACKGROUND : {}) };
  return (await request<T>('GET', path, { headers }, abort)).body;
}

/** Unique without a secure context, which crypto.randomUUID needs. */
export function key(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((octet) => octet.toString(16).padStart(2, '0')).join('');
}

export interface SendOptions {
  idempotencyKey?: string;
  ifMatch?: string | number;
  /** A question that changes nothing carries no key. */
  dry?: boolean;
  query?: Parameters<typeof query>[1];
}

export function send<T>(method: string, path: string, body?: unknown, options: SendOptions = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json', 'X-CSRF-TOKEN': session.value?.csrf ?? '' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (!options.dry) headers['Idempotency-Key'] = options.idempotencyKey ?? key();
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
  return request<T>(method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

export async function octets(path: string): Promise<ArrayBuffer> {
  const answer = await fetch(path, { credentials: 'same-origin' });
  if (!answer.ok) throw new Problem(answer.status, `HTTP_${answer.status}`, answer.statusText);
  return answer.arrayBuffer();
}

export async function logIn(): Promise<void> {
  try {
    session.value = await get<Session>('/door/session');
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) session.value = null;
    else throw problem;
  }
}

export const may = (...roles: string[]): boolean =>
  roles.some((role) => session.value?.roles.includes(role)) || (session.value?.roles.includes('admin') ?? false);

/** A path with query; what is empty is left out. */
export function query(path: string, parameters: Record<string, string | number | boolean | undefined | null>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Where something is read; the type is of what is answered there. */
export type Address<T> = string & { readonly answer?: T };

/** The names in the braces of a path. */
type Values<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? { [K in Name]: string } & Values<Rest> : unknown;

const filled = (path: string, values: object): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent((values as Record<string, string>)[name] ?? ''));

/** An address that a service answers at, with its query; what is empty there is left out. */
export function address<P extends keyof Reads>(path: P, values: Values<P>, search: Parameters<typeof query>[1] = {}): Address<Reads[P]> {
  return query(filled(path, values as object), search) as Address<Reads[P]>;
}

/** Sends what a service carries out at a path, such as `POST /api/groups`. */
export function order<C extends keyof Commands>(
  command: C,
  values: Values<C>,
  body: Commands[C]['body'],
  options: SendOptions = {},
): Promise<Answer<Commands[C]['answer']>> {
  const [method, path] = command.split(' ') as [string, string];
  return send(method, query(filled(path, values as object), options.query ?? {}), body, options);
}

export const api = (...segments: string[]): string => `/api/${segments.map(encodeURIComponent).join('/')}`;
