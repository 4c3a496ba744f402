// Known vulnerabilities in what is shipped: the packages that the artifact and the console's pages bundle (their metafiles
// say which) and those that the published package brings along. npm's own audit knows the advisories; what only development uses is
// counted, and stops nobody.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import * as z from 'zod';
import { oneLine } from '../../client/contract/text.ts';
import { bundledPackages } from './bundled-packages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm audit --json` (npm, audit-report, version 2), as far as it is needed. */
const Report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(
    z.string(),
    z.object({
      /** A text names another package whose advisory reaches this one. */
      via: z.array(
        z.union([
          z.string(),
          z.object({ title: z.string(), url: z.string(), severity: z.string(), range: z.string() }),
        ]),
      ),
      /** Where it is installed, such as `node_modules/undici`. */
      nodes: z.array(z.string()),
    }),
  ),
});
const Lockfile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string(), dev: z.optional(z.boolean()) })),
});

const shipped = {
  bundled: await bundledFolders('.build/unassign.meta.json'),
  pages: await bundledFolders('.build/pages.meta.json'),
  published: await publishedFolders(),
};
console.log(`bundled into the artifact: ${shipped.bundled.size} packages`);
console.log(`bundled into the console's pages: ${shipped.pages.size} packages`);
console.log(`brought along by the published package: ${shipped.published.size} packages`);

const report = Report.safeParse(await npmAudit());
if (report.success) {
  const findings = findingsOf(report.data);
  for (const finding of findings.shipped) console.log(finding);
  console.log(`advisories in what is shipped: ${findings.shipped.length}`);
  console.log(`advisories in what only development uses: ${findings.developmentOnly} (npm audit shows them)`);
  process.exitCode = findings.shipped.length === 0 ? 0 : 1;
} else {
  console.error(
    'npm could not ask its registry for advisories, so nothing is known: run npm audit to see why.',
  );
  console.error('A registry that answers audits can be named with npm_config_registry.');
  process.exitCode = 2;
}

function findingsOf({ vulnerabilities }: z.infer<typeof Report>) {
  const advisories = Object.entries(vulnerabilities).flatMap(([name, { via, nodes }]) =>
    via
      .filter((advisory) => typeof advisory !== 'string')
      .map(({ severity, title, range, url }) => ({
        places: [
          ...(nodes.some((node) => shipped.bundled.has(node)) ? ['the artifact'] : []),
          ...(nodes.some((node) => shipped.pages.has(node)) ? ["the console's pages"] : []),
          ...(nodes.some((node) => shipped.published.has(node)) ? ['the published package'] : []),
        ],
        line: oneLine(`${severity}  ${name} ${range}: ${title} (${url})`, 500),
      })),
  );
  const found = advisories.filter(({ places }) => places.length > 0);
  return {
    shipped: found.map(({ line, places }) => `${line}, in ${places.join(' and ')}`),
    developmentOnly: advisories.length - found.length,
  };
}

/** The folders in node_modules of which something is in a bundle. */
async function bundledFolders(metafile: string): Promise<ReadonlySet<string>> {
  return new Set(bundledPackages((await json(metafile)) as Metafile).keys());
}

/** The folders in node_modules that a user of the package would have too. */
async function publishedFolders(): Promise<Set<string>> {
  const { packages } = Lockfile.parse(await json('package-lock.json'));
  const entries = Object.entries(packages).filter(([folder, { dev }]) => folder !== '' && dev !== true);
  return new Set(entries.map(([folder]) => folder));
}

async function json(path: string): Promise<unknown> {
  return JSON.parse(await readFile(`${root}${path}`, 'utf8'));
}

/** Undefined where npm says nothing that can be read. It exits with 1 for a finding, so the code says nothing. */
function npmAudit(): Promise<unknown> {
  return new Promise((resolve) => {
    execFile('npm', ['audit', '--json'], { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        resolve(undefined);
      }
    });
  });
}
