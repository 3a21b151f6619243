import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { t } from './i18n';
import { moment } from './format';
import { theme } from './theme';
import { Choice, Table } from './ui';

export interface Series {
  label: string;
  colour: 'red' | 'yellow' | 'green' | 'blue';
  values: (number | null)[];
}

const DASH: Record<Series['colour'], number[]> = { red: [2, 3], yellow: [8, 4], green: [], blue: [4, 2, 1, 2] };

/**
 * Lines over time. New points are added to the chart that is there, so a zoom stays; the same numbers can be read as a
 * table. Lines differ by dashes as well as by colour.
 */
export function Chart(props: { title: string; times: number[]; series: Series[]; unit?: string; bounds?: [number, number] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const zoom = useRef<{ min: number; max: number } | null>(null);
  const shown = useSignal('chart');
  const data = (): uPlot.AlignedData => [props.times.map((at) => at / 1000), ...props.series.map((one) => one.values)] as uPlot.AlignedData;
  /** All there is, but a minute at the least: a line grows into its chart from the right. */
  const whole = (): { min: number; max: number } => {
    const last = (props.times.at(-1) ?? Date.now()) / 1000;
    return { min: Math.min((props.times[0] ?? Date.now()) / 1000, last - 60), max: last };
  };
  const names = props.series.map((one) => one.label).join('|');
  const look = theme.value;
  useEffect(() => {
    const element = box.current;
    if (!element || shown.value !== 'chart') return;
    const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') }, font: '11px system-ui' };
    const made = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: 190,
        legend: { show: false },
        cursor: { drag: { x: true, y: false } },
        scales: { x: { auto: false }, y: { range: (_plot, min, max) => props.bounds ?? [Math.min(0, min), Math.max(1, max * 1.1)] } },
        axes: [{ ...axis, values: (_plot, ticks) => ticks.map((at) => moment(at * 1000).slice(-8)) }, { ...axis, size: 52 }],
        series: [{}, ...props.series.map((one): uPlot.Series => ({ label: one.label, stroke: colour(`--${one.colour}`), width: 2, dash: DASH[one.colour], points: { show: false } }))],
        hooks: {
          setScale: [(plotted, scale) => {
            if (scale !== 'x') return;
            element.dataset['from'] = String(plotted.scales['x']?.min ?? '');
            element.dataset['to'] = String(plotted.scales['x']?.max ?? '');
          }],
          setSelect: [(plotted) => {
            if (plotted.select.width > 0) {
              zoom.current = { min: plotted.posToVal(plotted.select.left, 'x'), max: plotted.posToVal(plotted.select.left + plotted.select.width, 'x') };
            }
          }],
        },
      },
      data(),
      element,
    );
    plot.current = made;
    made.setScale('x', zoom.current ?? whole());
    made.over.addEventListener('dblclick', () => {
      zoom.current = null;
      made.setScale('x', whole());
    });
    const size = new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height: 190 }));
    size.observe(element);
    return () => {
      size.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, look, shown.value]);
  useEffect(() => {
    if (!plot.current) return;
    plot.current.setData(data(), false);
    plot.current.setScale('x', zoom.current ?? whole());
  }, [props.times.at(-1), props.times.length]);
  const last = (one: Series): string => {
    const value = one.values.at(-1);
    return value === null || value === undefined ? '–' : `${Math.round(value * 100) / 100}${props.unit ?? ''}`;
  };
  return (
    <figure class="chart">
      <figcaption>
        <span>{props.title}</span>
        <Choice
          label={t('How {name} is shown', props.title)}
          value={shown.value}
          options={[
            ['chart', t('Chart')],
            ['table', t('Show as table')],
          ]}
          onChoose={(value) => (shown.value = value)}
        />
      </figcaption>
      <p class="legend">
        {props.series.map((one) => (
          <span key={one.label}>
            <span class={`key ${one.colour}`} aria-hidden="true" /> {one.label} <b class="num">{last(one)}</b>
          </span>
        ))}
      </p>
      {shown.value === 'chart' ? (
        <div ref={box} class="plot" role="img" aria-label={`${props.title}: ${props.series.map((one) => `${one.label} ${last(one)}`).join(', ')}`} />
      ) : (
        <Table caption={props.title} head={[t('When'), ...props.series.map((one) => one.label)]} class="short">
          {props.times
            .map((at, index) => ({ at, index }))
            .reverse()
            .slice(0, 60)
            .map(({ at, index }) => (
              <tr key={at}>
                <th scope="row">{moment(at)}</th>
                {props.series.map((one) => (
                  <td key={one.label} class="num">
                    {one.values[index] ?? '–'}
                  </td>
                ))}
              </tr>
            ))}
        </Table>
      )}
    </figure>
  );
}
