/** How much a Node process costs that imports no SDK. */
export const createSend = () => () => {
  throw new Error('This one sends nothing.');
};
