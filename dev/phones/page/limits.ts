/** How many messages the page is told of when it is opened: the last ones. */
export const shownMessages = 200;
