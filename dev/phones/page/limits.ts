/** How many of the last messages the page gets when it is opened. */
export const shownMessages = 200;
