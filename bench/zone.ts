// Placeholder of the bench "zone".

export async function run(): Promise<boolean> {
  throw new Error('not written yet');
}
