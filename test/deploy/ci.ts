// `npm run test:deploy` where the emulator can be had; otherwise says so and succeeds. Run by `npm run test:deploy:ci`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { installMinistack } from './installation.ts';

const installation = await installMinistack();
if ('missing' in installation) {
  console.log(`${installation.missing}\nThe tests of the deployment are left out.`);
} else {
  const tests = spawn('npm', ['run', 'test:deploy'], { stdio: 'inherit' });
  const [code] = await once(tests, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
}
