// serverless.yml's file() loads .js only; Node loads the rest of the way as TypeScript.
export { deployment } from './parameters.ts';
