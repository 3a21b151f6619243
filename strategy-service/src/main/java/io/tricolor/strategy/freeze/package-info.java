/** The calendar of freeze windows: who set which, and which are in force for a group. */
@NullMarked
package io.tricolor.strategy.freeze;

import org.jspecify.annotations.NullMarked;
