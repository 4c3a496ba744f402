// The layout of the dashboard as an SVG, from the body that CloudWatch gets. `npm run dashboard` writes
// infra/dashboard.svg from the packaged template.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { DashboardProperties } from '../package/one-template.ts';
import { packageWithOsls } from '../package/osls.ts';
import { ROOT } from './bundle.ts';

/** As much of a dashboard's body as its layout needs (CloudWatch API reference, "Dashboard body structure"). */
const Body = z.object({
  widgets: z.array(
    z.object({
      type: z.enum(['text', 'alarm', 'metric', 'log']),
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
      properties: z.object({
        title: z.string().optional(),
        markdown: z.string().optional(),
        metrics: z
          .array(
            z.array(z.union([z.string(), z.object({ label: z.string(), visible: z.boolean() }).partial()])),
          )
          .optional(),
      }),
    }),
  ),
});
type Widget = z.infer<typeof Body>['widgets'][number];

/** Of one column and one row, in pixels. */
const CELL = { width: 40, height: 26 } as const;
const GAP = 3;

/**
 * Draws a dashboard.
 *
 * @param body the JSON of DashboardBody
 */
export function drawDashboard(body: string): string {
  const { widgets } = Body.parse(JSON.parse(body));
  const rows = Math.max(...widgets.map(({ y, height }) => y + height));
  const size = `width="${24 * CELL.width}" height="${rows * CELL.height}"`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="13">`,
    '<title>The layout of the dashboard, with what each of its widgets shows</title>',
    `<rect ${size} fill="#eaeded"/>`,
    ...widgets.map(drawWidget),
    '</svg>',
  ].join('\n')}\n`;
}

/** Sizes of letters, and the height of a line of them, in pixels. */
const TITLE = { size: 13, line: 16 };
const HEADING = { size: 17, line: 16 };
const LABEL = { size: 11, line: 14 };

/** The width of a letter on average, as a part of its size; that of the widest of the usual fonts. */
const LETTER_WIDTH = 0.62;
const PADDING = 8;

function drawWidget(widget: Widget): string {
  const left = widget.x * CELL.width + GAP;
  const top = widget.y * CELL.height + GAP;
  const width = widget.width * CELL.width - 2 * GAP;
  const isHeading = widget.type === 'text';
  const { size, line } = isHeading ? HEADING : TITLE;
  const [title = '', ...labels] = textOf(widget);
  const titleLines = wrapped(title, Math.floor((width - 2 * PADDING) / (size * LETTER_WIDTH)));
  const below = 20 + titleLines.length * line + 1;
  return [
    `<g transform="translate(${left} ${top})">`,
    `<rect width="${width}" height="${widget.height * CELL.height - 2 * GAP}" fill="${isHeading ? 'none' : '#ffffff'}" rx="4"/>`,
    ...titleLines.map((text, index) =>
      drawText(text, 20 + index * line, isHeading ? ` font-size="${size}" font-weight="bold"` : ''),
    ),
    ...labels.map((text, index) =>
      drawText(text, below + LABEL.line * index, ` font-size="${LABEL.size}" fill="#545b64"`),
    ),
    '</g>',
  ].join('');
}

function drawText(text: string, y: number, look: string): string {
  return `<text x="${PADDING}" y="${y}"${look}>${escaped(text)}</text>`;
}

/** In lines of at most so many letters, but for a word that is longer. */
function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Title, and what stands below it: of metrics, which. */
function textOf({ type, properties }: Widget): string[] {
  const { title = '', markdown = '', metrics = [] } = properties;
  if (type === 'text') return markdown.replace(/^#+ /, '').split('\n');
  if (type === 'alarm') return [title, 'the state of each'];
  if (type === 'log') return [title, 'a table from the log'];
  return [title, ...metrics.flatMap(labelOf)];
}

function labelOf(metric: NonNullable<Widget['properties']['metrics']>[number]): string[] {
  const options = metric.at(-1);
  if (typeof options !== 'object') return [String(metric[1])];
  return options.visible === false ? [] : [options.label ?? String(metric[1])];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

if (import.meta.main) {
  const { template } = await packageWithOsls(join(ROOT, '.build/dashboard'), []);
  const { DashboardBody } = DashboardProperties.parse(template.Resources['Dashboard']?.Properties);
  await writeFile(join(ROOT, 'infra/dashboard.svg'), drawDashboard(DashboardBody['Fn::Sub']));
  console.log('infra/dashboard.svg is drawn');
}
