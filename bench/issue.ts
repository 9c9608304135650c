// Placeholder of the bench "issue".

export async function run(): Promise<boolean> {
  throw new Error('not written yet');
}
