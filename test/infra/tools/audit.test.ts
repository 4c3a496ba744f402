// The audit of what is shipped: real npm, which asks a registry of this test's own.
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

let registry: Server | undefined;

afterEach(() => {
  registry?.close();
  registry = undefined;
});

/** A registry that knows one advisory for each of these packages, all versions of it; undefined: it refuses audits. */
async function startRegistry(vulnerable: readonly string[] | undefined): Promise<string> {
  const advisories = Object.fromEntries(
    (vulnerable ?? []).map((name, index) => [
      name,
      [
        {
          id: index + 1,
          url: `https://advisories.example/${index + 1}`,
          title: 'Something is wrong',
          severity: 'high',
          vulnerable_versions: '>=0.0.0',
        },
      ],
    ]),
  );
  const server = createServer((request, response) => {
    request.resume();
    const isAudit = request.method === 'POST' && request.url?.endsWith('/security/advisories/bulk');
    if (!isAudit || vulnerable === undefined) response.writeHead(isAudit ? 405 : 404).end('{}');
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(advisories));
  });
  registry = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function audit(vulnerable: readonly string[] | undefined): Promise<{ code: unknown; output: string }> {
  const env = {
    ...process.env,
    npm_config_registry: await startRegistry(vulnerable),
    npm_config_fetch_retries: '0',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['infra/tools/audit.ts'], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` });
    });
  });
}

describe('the audit of what is shipped', () => {
  it('is content where no advisory is known', async () => {
    const { code, output } = await audit([]);
    expect(output).toContain('advisories in what is shipped: 0');
    expect(code).toBe(0);
  });

  it.each([
    ['undici', 'in the artifact and the published package'],
    ['@aws-sdk/client-sqs', 'in the artifact and the published package'],
    ['commander', 'in the published package'],
  ])('names an advisory for %s and where it is', async (name, where) => {
    const { code, output } = await audit([name]);
    expect(output).toMatch(
      new RegExp(`^high {2}${name} .*https://advisories\\.example/1\\), ${where}$`, 'm'),
    );
    expect(code).toBe(1);
  });

  it('only counts an advisory for what development uses', async () => {
    const { code, output } = await audit(['vitest']);
    expect(output).toContain('advisories in what only development uses: 1');
    expect(code).toBe(0);
  });

  it('does not take a registry that refuses for one that knows of nothing', async () => {
    const { code, output } = await audit(undefined);
    expect(output).toContain('so nothing is known');
    expect(code).toBe(2);
  });
});
