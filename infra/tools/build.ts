// Bundles the function into .build/unassign/index.mjs, the file that Lambda, `npm start`, the tests of the whole and
// the benchmark all run. Beside it are the licences of what is in it.
import { writeFile } from 'node:fs/promises';
import { bundle, ROOT } from './bundle.ts';
import { NOTICES, thirdPartyNotices } from './notices.ts';

const { metafile, files, bytes } = await bundle('functions/unassign/handler.ts', `${ROOT}.build/unassign`, {
  empty: [
    // Of which undici knows a class and a default setting, which exchange.ts sets itself.
    'node:http',
    // HTTP/2, which exchange.ts does not allow. To load node:http2 for it took an eighth of a cold start.
    'undici/lib/dispatcher/client-h2.js',
    // Requests with a form, a blob or an iterator as their body: ours are text.
    'undici/lib/web/fetch/body.js',
    'undici/lib/web/fetch/formdata.js',
    'undici/lib/web/webidl/index.js',
    // The parser for processors without SIMD.
    'undici/lib/llhttp/llhttp-wasm.js',
  ],
  missing: [
    // Where else credentials may come from: Lambda puts the role's into the environment of a Node.js function
    // (Lambda developer guide, "Defined runtime environment variables").
    '@aws-sdk/credential-provider-http',
    '@aws-sdk/credential-provider-ini',
    '@aws-sdk/credential-provider-process',
    '@aws-sdk/credential-provider-sso',
    '@aws-sdk/credential-provider-web-identity',
    '@smithy/credential-provider-imds',
    // Neither SQS nor Secrets Manager streams events.
    '@smithy/core/event-streams',
    // For browsers' names in what the SDK says of itself.
    'bowser',
  ],
});
await writeFile(`${ROOT}.build/unassign.meta.json`, JSON.stringify(metafile));
await writeFile(`${ROOT}.build/unassign/${NOTICES}`, await thirdPartyNotices(metafile, ROOT));
console.log(`.build/unassign/index.mjs: ${files} files, ${Math.ceil(bytes / 1024)} KiB`);
