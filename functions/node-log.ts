/**
 * Writes the lines of one turn of the event loop at once, because a write to a pipe is a call to the system that Node
 * waits for. The end of the process writes the rest, except where a signal kills it at once.
 */
export const createLineWriter = (write: (text: string) => void): ((line: string) => void) => {
  let waiting = '';
  const flush = () => {
    const text = waiting;
    waiting = '';
    if (text !== '') write(text);
  };
  process.on('exit', flush);
  return (line) => {
    if (waiting === '') setImmediate(flush);
    waiting += `${line}\n`;
  };
};
