// `npm run bench -- NAME`: measures us beside a peer in one run; prints one JSON line a case, and ends with 1 when a bar is missed.

const benches: Readonly<Record<string, () => Promise<{ readonly run: () => Promise<boolean> }>>> = {
  aws: () => import('./aws.ts'),
  check: () => import('./check.ts'),
  issue: () => import('./issue.ts'),
  uploads: () => import('./uploads.ts'),
  zone: () => import('./zone.ts'),
};

const name = process.argv[2] ?? '';
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`npm run bench -- NAME, where NAME is one of: ${Object.keys(benches).join(', ')}\n`);
  process.exit(2);
}
const { run } = await bench();
process.exit((await run()) ? 0 : 1);
