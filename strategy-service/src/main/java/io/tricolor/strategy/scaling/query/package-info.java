/** What was measured of services that have a rule, and their rules. */
@NullMarked
package io.tricolor.strategy.scaling.query;

import org.jspecify.annotations.NullMarked;
