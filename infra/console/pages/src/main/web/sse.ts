import { BACKGROUND } from './api';

/** One event of a stream. */
export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/** Reads text/event-stream piece by piece; comments only show that the other side is there. */
export class EventParser {
  private rest = '';
  /** The last id that was said, with data or without. */
  id = '';
  private event = '';
  private data: string[] = [];

  feed(piece: string): StreamEvent[] {
    const found: StreamEvent[] = [];
    this.rest += piece;
    for (;;) {
      const match = /\r\n|\n|\r(?!$)/.exec(this.rest);
      if (!match) return found;
      const line = this.rest.slice(0, match.index);
      this.rest = this.rest.slice(match.index + match[0].length);
      const told = this.line(line);
      if (told) found.push(told);
    }
  }

  private line(line: string): StreamEvent | null {
    if (line === '') {
      const told = this.data.length ? { id: this.id, event: this.event || 'message', data: this.data.join('\n') } : null;
      this.event = '';
      this.data = [];
      return told;
    }
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return null;
  }
}

export interface StreamHandlers {
  open(): void;
  event(event: StreamEvent): void;
  /** Where to go on. */
  position(id: string): void;
  /** The stream has ended; status 0: the connection failed. */
  lost(status: number): void;
}

/**
 * Follows a stream until it ends, fails or says nothing for too long: a ping is due every 10 s. By fetch and not by
 * EventSource, which hides pings, status codes and a dead connection.
 */
export async function follow(
  path: string,
  lastId: string,
  handlers: StreamHandlers,
  abort: AbortController,
  silence = 25_000,
): Promise<void> {
  let timer = 0;
  const watch = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => abort.abort(), silence);
  };
  let status = 0;
  try {
    watch();
    const headers: Record<string, string> = { Accept: 'text/event-stream', ...BACKGROUND };
    if (lastId) headers['Last-Event-ID'] = lastId;
    const answer = await fetch(path, { headers, signal: abort.signal, cache: 'no-store', credentials: 'same-origin' });
    status = answer.status;
    if (!answer.ok || !answer.body) return;
    if (!(answer.headers.get('Content-Type') ?? '').startsWith('text/event-stream')) {
      status = 404;
      return;
    }
    handlers.open();
    const parser = new EventParser();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watch();
      parser.feed(value).forEach((event) => handlers.event(event));
      if (parser.id) handlers.position(parser.id);
    }
  } catch {
    // told by lost()
  } finally {
    window.clearTimeout(timer);
    handlers.lost(status);
  }
}
