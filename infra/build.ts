// Bundles the function into .build/unassign/index.mjs, the file that Lambda, `npm start`, the tests of the whole and
// the benchmark all run.
import { writeFile } from 'node:fs/promises';
import { bundle, ROOT } from './bundle.ts';

const { metafile, files, bytes } = await bundle('functions/unassign/handler.ts', `${ROOT}.build/unassign`, [
  // undici loads it to be ready for HTTP/2, which http.ts does not allow, and does without it where Node.js was built
  // without. To load it took an eighth of a cold start.
  'node:http2',
]);
await writeFile(`${ROOT}.build/unassign.meta.json`, JSON.stringify(metafile));
console.log(`.build/unassign/index.mjs: ${files} files, ${Math.ceil(bytes / 1024)} KiB`);
