/* Looks again a little later: for pages that show how something is getting on. */
setTimeout(() => location.reload(), 700);
