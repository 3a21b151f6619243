import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { api, get, Problem, query } from './api';
import { t } from './i18n';
import { Choice, Copyable, Dialog, Empty, Failed, Loading, State } from './ui';

interface Piece {
  from: number;
  next: number;
  ended: boolean;
  text: string;
}

/** Most characters that are kept on the screen; the beginning goes first. */
const MOST = 200_000;

/** What an instance writes, as it writes it. */
export function InstanceLog(props: { group: string; cluster: string; instance: string; open: Signal<boolean> }) {
  return (
    <Dialog title={t('What {name} writes', props.instance)} open={props.open} wide>
      <Lines group={props.group} cluster={props.cluster} instance={props.instance} />
    </Dialog>
  );
}

function Lines({ group, cluster, instance }: { group: string; cluster: string; instance: string }) {
  const stream = useSignal('stdout');
  const text = useSignal<string | null>(null);
  const isEnded = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const box = useRef<HTMLPreElement>(null);
  const path = api('groups', group, 'clusters', cluster, 'instances', instance, 'log');
  const wanted = stream.value;
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let position: number | null = null;
    text.value = null;
    isEnded.value = false;
    problem.value = null;
    const read = async (): Promise<void> => {
      try {
        const piece: Piece = await get(query(path, { stream: wanted, ...(position === null ? { lines: 500 } : { from: position, wait: 10 }) }), abort.signal, position !== null);
        position = piece.next;
        const element = box.current;
        // Who has scrolled up reads; who is at the end follows.
        const follows = !element || element.scrollTop + element.clientHeight >= element.scrollHeight - 20;
        if (piece.text || text.peek() === null) text.value = ((text.peek() ?? '') + piece.text).slice(-MOST);
        isEnded.value = piece.ended;
        problem.value = null;
        if (follows) requestAnimationFrame(() => box.current?.scrollTo(0, box.current.scrollHeight));
        if (!piece.ended) timer = window.setTimeout(() => void read(), 500);
      } catch (failure) {
        if (abort.signal.aborted) return;
        if (!(failure instanceof Problem)) throw failure;
        problem.value = failure;
        if (failure.status === 0 || failure.status >= 500) timer = window.setTimeout(() => void read(), 3_000);
      }
    };
    void read();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [path, wanted]);
  return (
    <>
      <Choice
        label={t('Stream')}
        value={wanted}
        options={[
          ['stdout', 'stdout'],
          ['stderr', 'stderr'],
        ]}
        onChoose={(value) => (stream.value = value)}
      />{' '}
      {isEnded.value && <State kind="off">{t('the instance has ended')}</State>}
      {problem.value && <Failed problem={problem.value} />}
      {text.value === null ? (
        !problem.value && <Loading />
      ) : text.value === '' ? (
        <Empty>{t('It has written nothing yet.')}</Empty>
      ) : (
        <pre ref={box} class="lines" tabIndex={0} aria-label={wanted}>
          {text.value}
        </pre>
      )}
      <details class="byhand">
        <summary>{t('The same from a terminal')}</summary>
        <Copyable label="curl" text={`curl -N -H "Authorization: Bearer $TOKEN" -H 'Accept: text/plain' '${location.origin}${path}?follow&stream=${wanted}'`} />
      </details>
    </>
  );
}
