/** Tests of the console's pages, in a real browser where that matters. */
@org.jspecify.annotations.NullMarked
package io.tricolor.console.pages;
