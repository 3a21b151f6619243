/**
 * Lists of ids and of intervals that are too long to stand in a rule: taken in, kept once by their content, given to
 * routers.
 */
@NullMarked
package io.tricolor.strategy.idlist;

import org.jspecify.annotations.NullMarked;
