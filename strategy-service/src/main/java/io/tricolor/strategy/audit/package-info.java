/** Proof that the events are those that were stored: hash chains, signed roots outside the database, their check. */
@NullMarked
package io.tricolor.strategy.audit;

import org.jspecify.annotations.NullMarked;
