// The layout of the dashboard as an SVG, from the body that CloudWatch gets. `npm run dashboard` writes
// infra/dashboard.svg from the packaged template.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

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

function drawWidget(widget: Widget): string {
  const left = widget.x * CELL.width + GAP;
  const top = widget.y * CELL.height + GAP;
  const size = `width="${widget.width * CELL.width - 2 * GAP}" height="${widget.height * CELL.height - 2 * GAP}"`;
  const [title = '', ...lines] = textOf(widget);
  const isHeading = widget.type === 'text';
  return [
    `<g transform="translate(${left} ${top})">`,
    `<rect ${size} fill="${isHeading ? 'none' : '#ffffff'}" rx="4"/>`,
    `<text x="8" y="20"${isHeading ? ' font-size="17" font-weight="bold"' : ''}>${escaped(title)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text x="8" y="${37 + 14 * index}" font-size="11" fill="#545b64">${escaped(line)}</text>`,
    ),
    '</g>',
  ].join('');
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
  const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const template = await readFile(
    file('../../.serverless/cloudformation-template-update-stack.json'),
    'utf8',
  );
  const body: string = JSON.parse(template).Resources.Dashboard.Properties.DashboardBody['Fn::Sub'];
  await writeFile(file('../dashboard.svg'), drawDashboard(body));
  console.log('infra/dashboard.svg is drawn');
}
