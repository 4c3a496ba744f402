// `npm run build:package` comes first: these tests take the package as it is built.
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBody } from '../../client/contract/request.ts';
import { startTappedQueue } from '../client/sending/tapped-queue.ts';
import { links } from '../docs/pages.ts';
import { type EmptyProject, ROOT, startEmptyProject } from './installed-package.ts';

let project: EmptyProject;
beforeAll(async () => {
  project = await startEmptyProject();
});
afterAll(() => project?.remove());

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

const TYPED = `
  import { type EnqueueSummary, type FailedRequest, InvalidRequestError, UnassignQueue } from 'camunda-unassign';

  export async function everything(keys: AsyncIterable<string>, signal: AbortSignal): Promise<FailedRequest[]> {
    const queue = new UnassignQueue({ stage: 'prod' });
    const { messageId } = await queue.enqueue('2251799813685249', { expiresIn: '2h', delaySeconds: 30 });
    const id: string = messageId;
    const guarded = { userTaskKey: '4', expectedAssignee: 'anna' };
    const mixed = [1n, id, { userTaskKey: '3', expiresAt: new Date() }, guarded];
    const summary: EnqueueSummary = await queue.enqueueAll(mixed, { expectedAssignee: 'demo', attributes: { a: 'b', c: 1 } });
    const failed: FailedRequest[] = [...summary.failed];
    for await (const result of queue.enqueueEach(keys, { signal, messageGroupId: 'tenant-7' })) {
      if (!result.sent) failed.push(result);
    }
    return failed;
  }

  export const reasons = (error: unknown): readonly string[] =>
    error instanceof InvalidRequestError ? error.problems : [];

  export const wrong = (queue: UnassignQueue) => [
    // @ts-expect-error a number loses digits
    queue.enqueue(7),
    // @ts-expect-error not a field of the contract
    queue.enqueue({ userTaskKey: '1', assignee: null }),
    // @ts-expect-error a guard that is empty by mistake
    queue.enqueue({ userTaskKey: '1', expectedAssignee: null }),
    // @ts-expect-error the same in the options
    queue.enqueue('1', { expectedAssignee: null }),
  ];
`;

const OURS = [
  /^dist\/client\/[\w/-]+\.(js|d\.ts)$/,
  /^dist\/cli\/[\w/-]+\.js$/,
  /^dist\/cli\/console\/assets\/(index\.html|style\.css|icon\.svg|THIRD-PARTY-NOTICES)$/,
  /^client\/contract\//,
  /^docs\/([\w-]+\.md|images\/[\w-]+\.png)$/,
];

describe('the package', () => {
  it('holds what is built, the contract, the pages and what every package has, and nothing else', () => {
    const others = project.packed.filter((path) => !OURS.some((one) => one.test(path)));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  });

  it('has what its README links to', () => {
    const linked = links('README.md')
      .filter((href) => !href.startsWith('https://'))
      .map((href) => href.split('#', 1).join());
    expect(linked.length).toBeGreaterThan(10);
    expect(linked.filter((path) => !project.packed.includes(path))).toEqual([]);
  });

  it('has its main export, its types, the documents of the contract and the pages of the console', () => {
    expect(project.packed).toEqual(
      expect.arrayContaining([
        'dist/client/index.js',
        'dist/client/index.d.ts',
        'dist/cli/console/assets/index.html',
        'dist/cli/console/assets/THIRD-PARTY-NOTICES',
        'client/contract/documents/asyncapi.yaml',
        'client/contract/documents/unassign-request.schema.json',
        'client/contract/documents/unassign-journey.schema.json',
      ]),
    );
  });

  it('reaches what it always needs, and the SSM client and undici only when they are needed', async () => {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['dist/client/index.js'],
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      write: false,
      metafile: true,
    });
    const reached = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports
        .filter(({ external, path }) => external === true && !path.startsWith('node:'))
        .map(({ path, kind }) => `${path} (${kind})`),
    );
    expect({
      files: Object.keys(metafile.inputs).filter((path) => !path.startsWith('dist/client/')),
      packages: [...new Set(reached)].sort(),
    }).toEqual({
      files: [],
      packages: [
        '@aws-sdk/client-sqs (import-statement)',
        '@aws-sdk/client-ssm (dynamic-import)',
        '@smithy/core/config (import-statement)',
        '@smithy/undici-http-handler (dynamic-import)',
        'fastest-levenshtein (import-statement)',
        'undici (dynamic-import)',
        'zod/mini (import-statement)',
      ],
    });
  });
});

describe('in an empty TypeScript project', () => {
  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])(
    'it type-checks under strict with moduleResolution %s, libraries included',
    async (moduleResolution, module) => {
      await project.write('typed.ts', TYPED);
      await project.write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            strict: true,
            skipLibCheck: false,
            exactOptionalPropertyTypes: true,
            noEmit: true,
            target: 'es2022',
            lib: ['es2022'],
            types: [],
            module,
            moduleResolution,
          },
          files: ['typed.ts'],
        }),
      );
      const output = await project.run([TSC]).catch((error: { stdout: string }) => error.stdout);
      expect(output).toBe('');
    },
  );
});

describe('in an empty JavaScript project', () => {
  const body = `
    const queue = new UnassignQueue();
    const { sent } = await queue.enqueueAll(['1', 2n]);
    console.log(sent, parseBody('{}').ok);
  `;

  it.each([
    ['an ES module', 'main.mjs', `import { parseBody, UnassignQueue } from 'camunda-unassign'; ${body}`],
    [
      'a CommonJS module',
      'main.cjs',
      `const { parseBody, UnassignQueue } = require('camunda-unassign'); (async () => { ${body} })();`,
    ],
  ])('it enqueues from %s', async (_, name, text) => {
    const { direct, drain } = await startTappedQueue();
    await project.write(name, text);
    const output = await project.run([name], {
      UNASSIGN_QUEUE_URL: direct.queueUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    const requests = (await drain()).map(({ Body }) => parseBody(Body ?? ''));
    expect({ output, requests }).toEqual({
      output: '2 false\n',
      requests: [
        { ok: true, request: { userTaskKey: '1' } },
        { ok: true, request: { userTaskKey: '2' } },
      ],
    });
  });

  it('it gives the JSON Schema', async () => {
    await project.write(
      'schema.mjs',
      `import schema from 'camunda-unassign/contract/unassign-request.schema.json' with { type: 'json' };
       console.log(schema.title);`,
    );
    expect(await project.run(['schema.mjs'])).toBe('UnassignRequest\n');
  });

  it('it gives nothing that is not exported', async () => {
    await project.write('inside.mjs', "await import('camunda-unassign/dist/client/source.js');");
    await expect(project.run(['inside.mjs'])).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
