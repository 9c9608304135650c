// What a command could not do, in one sentence for the person who typed it.

export class Failure extends Error {
  override readonly name = 'Failure';
}
